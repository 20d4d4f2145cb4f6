package serving.health;

import java.util.List;

/**
 * Judges one thing about a view. It reads nothing itself.
 *
 * <p>To add a check, implement it here and name it in {@link Health}; what it needs to know goes
 * into {@link LayerFacts}.
 */
interface HealthCheck {
  List<Finding> judge(LayerFacts facts);
}
