package common.settings;

/** What the speed view does with a duplicate of an event within the late tolerance. */
public enum Duplicates {
  drop,
  count
}
