package common.settings;

/** How the speed view treats a duplicate of an event within the late tolerance. */
public enum Duplicates {
  drop,
  count
}
