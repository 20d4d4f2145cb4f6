package common.settings;

/** How to react to a problem that must not go unnoticed. */
public enum Policy {
  fail,
  warn
}
