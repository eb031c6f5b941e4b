package dev.toolwright;

import dev.toolwright.account.Accounts;
import dev.toolwright.account.Users;
import dev.toolwright.account.Workspaces;
import dev.toolwright.audit.Audit;
import dev.toolwright.config.Settings;
import dev.toolwright.credit.Credits;
import dev.toolwright.database.Database;
import dev.toolwright.database.Notices;
import dev.toolwright.definition.Definitions;
import dev.toolwright.json.Schemas;
import dev.toolwright.vault.Vault;
import java.net.URI;
import java.time.Clock;
import java.util.Deque;
import java.util.function.Supplier;

/// What every part is made with.
///
/// @param address of this server as others see it
/// @param closing takes what is closed in reverse at the end
record Shared(
    Settings settings,
    Clock clock,
    Database database,
    Notices notices,
    Vault vault,
    Audit audit,
    Accounts accounts,
    Users users,
    Workspaces workspaces,
    Definitions definitions,
    Credits credits,
    Schemas schemas,
    Supplier<URI> address,
    Deque<AutoCloseable> closing) {
  <T extends AutoCloseable> T keep(T part) {
    closing.push(part);
    return part;
  }
}
