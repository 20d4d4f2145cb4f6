package serving.query;

/** The layer that serves a window when both have it. */
public enum Accuracy {
  /** The batch view alone: exact as of the last batch run. */
  exact,

  /** The speed view wherever it has a row, the batch view elsewhere. */
  latest,

  /** The batch view before the boundary, the speed view from the boundary on. */
  any
}
