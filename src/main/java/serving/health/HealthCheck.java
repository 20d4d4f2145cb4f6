package serving.health;

import java.util.List;

/**
 * Evaluates one aspect of a view's health from facts that have already been read.
 *
 * <p>To add a check, implement this interface in this package and list it in {@link Health}; add
 * the facts that it needs to {@link LayerFacts}.
 */
interface HealthCheck {
  List<Finding> judge(LayerFacts facts);
}
