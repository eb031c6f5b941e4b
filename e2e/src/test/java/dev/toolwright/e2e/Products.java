package dev.toolwright.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// The products that a test class started: their logs are shown when a test fails, and nothing of
/// them is left after the class.
final class Products implements AfterTestExecutionCallback, AfterAllCallback {
  private final List<Product> products = new ArrayList<>();

  /// One that was not started yet.
  ///
  /// @param settings environment variables of every start
  synchronized Product create(Map<String, String> settings) {
    var product = new Product(settings);
    products.add(product);
    // A test run that is stopped half-way runs no callbacks.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> endQuietly(product)));
    return product;
  }

  private static void endQuietly(Product product) {
    if (product.isAlive()) {
      product.kill9();
    }
  }

  @Override
  public synchronized void afterTestExecution(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      products.forEach(product ->
          System.err.println(context.getDisplayName() + " failed with " + product.log()));
    }
  }

  @Override
  public synchronized void afterAll(ExtensionContext context) throws Exception {
    for (var product : products) {
      product.erase();
    }
    products.clear();
  }
}
