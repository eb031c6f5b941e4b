package dev.toolwright.config;

import dev.toolwright.database.DatabaseUrl;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// What a setting's text may be.
sealed interface Kind {
  /// What is wrong with `text`, continuing "must be …" or standing alone; empty when it is fine.
  Optional<String> fault(String text);

  /// The allowed values, for the page of settings.
  String allowed();

  record Whole(int least, int most) implements Kind {
    @Override
    public Optional<String> fault(String text) {
      try {
        var number = Integer.parseInt(text);
        return number < least || number > most ? Optional.of(rule()) : Optional.empty();
      } catch (NumberFormatException e) {
        return Optional.of(rule());
      }
    }

    private String rule() {
      return "must be a whole number from " + least + " to " + most;
    }

    @Override
    public String allowed() {
      return least + " to " + most;
    }
  }

  record Choice(List<String> words) implements Kind {
    static Choice of(String... words) {
      return new Choice(List.of(words));
    }

    @Override
    public Optional<String> fault(String text) {
      return words.contains(text)
          ? Optional.empty()
          : Optional.of("must be one of " + String.join(", ", words));
    }

    @Override
    public String allowed() {
      return String.join(", ", words);
    }
  }

  /// Text that a pattern describes; with `many`, a comma-separated list of such texts.
  record Text(String allowed, Pattern pattern, boolean many) implements Kind {
    static Text of(String allowed, String pattern) {
      return new Text(allowed, Pattern.compile(pattern), false);
    }

    static Text list(String allowed, String pattern) {
      return new Text(allowed, Pattern.compile(pattern), true);
    }

    @Override
    public Optional<String> fault(String text) {
      var parts = many ? split(text) : List.of(text);
      return parts.stream().allMatch(part -> pattern.matcher(part).matches())
          ? Optional.empty()
          : Optional.of("must be " + allowed);
    }
  }

  /// An address such as `https://tools.example.com`, without a path's trailing slash.
  record Web() implements Kind {
    @Override
    public Optional<String> fault(String text) {
      try {
        var uri = URI.create(text);
        var web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
        var plain =
            uri.getRawUserInfo() == null
                && uri.getRawQuery() == null
                && uri.getRawFragment() == null;
        return web && plain && uri.getHost() != null ? Optional.empty() : Optional.of(rule());
      } catch (IllegalArgumentException e) {
        return Optional.of(rule());
      }
    }

    private String rule() {
      return "must be " + allowed();
    }

    @Override
    public String allowed() {
      return "an http:// or https:// address";
    }
  }

  record Database() implements Kind {
    @Override
    public Optional<String> fault(String text) {
      try {
        DatabaseUrl.parse(text);
        return Optional.empty();
      } catch (IllegalArgumentException e) {
        return Optional.of("cannot be used: " + e.getMessage());
      }
    }

    @Override
    public String allowed() {
      return "`postgresql://user:password@host:port/database`";
    }
  }

  record File() implements Kind {
    @Override
    public Optional<String> fault(String text) {
      return text.indexOf('\0') < 0 ? Optional.empty() : Optional.of("must be a path");
    }

    @Override
    public String allowed() {
      return "a path";
    }
  }

  /// The parts of a comma-separated list, without blanks and empty parts.
  static List<String> split(String text) {
    return Arrays.stream(text.split(",", -1))
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .toList();
  }
}
