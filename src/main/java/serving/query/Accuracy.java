package serving.query;

/** Which layer answers where both could. */
public enum Accuracy {
  /** The batch view alone: complete as far as the last batch run went. */
  exact,

  /** The speed view wherever it has a row, the batch view elsewhere. */
  latest,

  /** The batch view before the boundary, the speed view from it on. */
  any
}
