package dev.toolwright.run;

import dev.toolwright.database.Tx;
import java.util.List;

/// Something of another part's that is stored in the transaction of a step: both or neither, and
/// one commit for both.
public interface Attachment {
  /// Stores all of one class that have come together.
  ///
  /// @param all this one and others of its class
  void storeAll(Tx tx, List<? extends Attachment> all);
}
