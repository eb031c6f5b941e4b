package dev.toolwright.database;

/// Where the database is and who we are there. `toString` leaves the password out.
///
/// @param jdbcUrl such as `jdbc:postgresql://127.0.0.1:5433/toolwright`
public record DatabaseAddress(String jdbcUrl, String user, String password) {
  @Override
  public String toString() {
    return jdbcUrl + " as " + user;
  }
}
