package serving.health;

import java.util.List;

/**
 * Judges one aspect of a view's health from its facts; it reads no data itself.
 *
 * <p>To add a check, implement this interface in this package and list it in {@link Health}; add
 * the facts that it needs to {@link LayerFacts}.
 */
interface HealthCheck {
  List<Finding> judge(LayerFacts facts);
}
