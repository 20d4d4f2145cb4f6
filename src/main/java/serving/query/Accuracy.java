package serving.query;

/** Which layer answers for a window that both have. */
public enum Accuracy {
  /** The batch view alone: exact as of the last batch run. */
  exact,

  /** The speed view wherever it has a row, the batch view elsewhere. */
  latest,

  /** The batch view before the boundary, the speed view from it on. */
  any
}
