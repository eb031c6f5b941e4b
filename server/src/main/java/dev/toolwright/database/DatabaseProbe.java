package dev.toolwright.database;

import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

/// One attempt to log in to a database, for a diagnosis.
///
/// @param reached whether the login succeeded
/// @param detail the server's version, or why it failed, in words without the password
public record DatabaseProbe(boolean reached, String detail) {
  /// Tries for at most fifteen seconds: a busy machine may take some for a login.
  public static DatabaseProbe of(DatabaseAddress address) {
    var properties = new Properties();
    properties.setProperty("user", address.user());
    properties.setProperty("password", address.password());
    properties.setProperty("connectTimeout", "15");
    properties.setProperty("loginTimeout", "15");
    try (var connection = DriverManager.getConnection(address.jdbcUrl(), properties)) {
      return new DatabaseProbe(
          true, "PostgreSQL " + connection.getMetaData().getDatabaseProductVersion());
    } catch (SQLException e) {
      return new DatabaseProbe(false, reason(e.getSQLState()));
    }
  }

  private static String reason(String state) {
    return switch (state == null ? "" : state) {
      case "28P01", "28000" -> "it refuses the user or the password";
      case "3D000" -> "it has no such database";
      case "08001", "08004", "08006" -> "it cannot be reached, or not with this sslmode";
      case "53300" -> "it has no connection left";
      default -> "it answers with the error " + state;
    };
  }
}
