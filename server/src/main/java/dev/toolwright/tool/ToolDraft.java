package dev.toolwright.tool;

import dev.toolwright.approval.ApprovalRule;
import dev.toolwright.connection.Auth;
import dev.toolwright.connection.AuthDraft;
import dev.toolwright.definition.Visibility;
import dev.toolwright.json.Fields;
import dev.toolwright.json.Schemas;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What somebody wants a tool to be: everything for a new one, only the changes for an existing one
/// (null: as it is).
///
/// @param title null: as it is; for a new tool its name
/// @param outputSchema what its results must fit
/// @param auth of an HTTP tool with its secrets, which go to the vault when the tool is saved;
///   null: nothing was said of it, it stays what it is
/// @param secrets of a function, likewise
/// @param webhook the address and secret of a webhook; `config` is the rest of it
public record ToolDraft(
    @Nullable String name,
    @Nullable String title,
    @Nullable String description,
    @Nullable String category,
    @Nullable Config config,
    @Nullable ObjectNode parametersSchema,
    @Nullable ObjectNode outputSchema,
    Behavior.@Nullable Change behavior,
    @Nullable Integer timeoutMs,
    @Nullable Boolean requiresAuth,
    @Nullable ApprovalRule approval,
    @Nullable Visibility visibility,
    @Nullable AuthDraft auth,
    @Nullable SecretsDraft secrets,
    @Nullable WebhookDraft webhook) {
  /// A tool of which only the most necessary is said.
  public static ToolDraft of(
      @Nullable String name,
      @Nullable String title,
      @Nullable String description,
      Config config,
      @Nullable ObjectNode parametersSchema) {
    return new ToolDraft(
        name,
        title,
        description,
        null,
        config,
        parametersSchema,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null);
  }

  /// Notes what is wrong with its schemas.
  ///
  /// @param old configuration; null for a new tool
  void checkSchemas(Schemas schemas, @Nullable Config old, Fields in) {
    check(schemas, "parameters_schema", parametersSchema, in);
    check(schemas, "output_schema", outputSchema, in);
    if (parametersSchema != null && (config == null ? old : config) instanceof Config.HttpApi) {
      for (var name : Auth.PLACES) {
        if (parametersSchema.path("properties").has(name)) {
          in.fault(
              "parameters_schema.properties." + name,
              "is the name of a secret that the request may have; name the parameter otherwise");
        }
      }
    }
  }

  private static void check(Schemas schemas, String field, @Nullable ObjectNode schema, Fields in) {
    if (schema != null) {
      for (var fault : schemas.faultsOf(schema)) {
        in.fault(fault.path().isEmpty() ? field : field + "." + fault.path(), fault.message());
      }
    }
  }

  /// The same with another configuration.
  ToolDraft with(Config other) {
    return new ToolDraft(
        name,
        title,
        description,
        category,
        other,
        parametersSchema,
        outputSchema,
        behavior,
        timeoutMs,
        requiresAuth,
        approval,
        visibility,
        auth,
        secrets,
        webhook);
  }

  /// Whether it brings a secret that the stored configuration does not have.
  boolean bringsSecret(Config stored) {
    return (auth != null && !auth.given().isEmpty())
        || (secrets != null && !secrets.given().isEmpty())
        || (webhook != null && !(stored instanceof Config.Webhook hook && !webhook.renews(hook)));
  }
}
