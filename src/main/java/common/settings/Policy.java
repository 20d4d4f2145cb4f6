package common.settings;

/** What happens when something is found that must not be passed over in silence. */
public enum Policy {
  fail,
  warn
}
