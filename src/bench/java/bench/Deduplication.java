package bench;

/** Whether a system drops duplicates of an event. */
enum Deduplication {
  dedup,
  plain;

  /** The value of {@code speed.duplicates}. */
  String setting() {
    return switch (this) {
      case dedup -> "drop";
      case plain -> "count";
    };
  }
}
