package dev.toolwright.importer.openapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.toolwright.connection.Auth;
import dev.toolwright.connection.Operation;
import dev.toolwright.connection.Operation.BodyFormat;
import dev.toolwright.json.Json;
import dev.toolwright.json.Schemas;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What documents become, before anything is stored.
class PlanTest {
  private static final Schemas SCHEMAS = new Schemas();

  static String resource(String name) {
    try (var in = PlanTest.class.getResourceAsStream("/openapi/" + name)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Plan plan(String text, @Nullable String address, @Nullable String base)
      throws Unfit {
    var at = address == null ? null : URI.create(address);
    return Plan.of(DocumentText.read(text, null), at, base, true, SCHEMAS);
  }

  private static Plan petstore() throws Unfit {
    return plan(resource("petstore.yaml").replace("REMOTE", "https://pets.example"), null, null);
  }

  private static Plan orders() throws Unfit {
    return plan(resource("orders.json"), "https://orders.example/docs/openapi.json", null);
  }

  private static Imported operation(Plan plan, String id) {
    return plan.operations().stream().filter(one -> one.id().equals(id)).findFirst().orElseThrow();
  }

  private static Operation request(Imported operation) {
    return Objects.requireNonNull(operation.request(), () -> operation.warnings().toString());
  }

  private static JsonNode property(Imported operation, String name) {
    return operation.parameters().path("properties").path(name);
  }

  /// A document with one operation, `POST /x`, and these further parts.
  private static Imported one(String operation, String components) throws Unfit {
    var document =
        """
        openapi: 3.0.0
        info: {title: One, version: '1'}
        servers: [{url: 'https://one.example'}]
        paths:
          /x:
            post:
              responses: {'200': {description: fine}}
        %s
        components:
        %s
        """
            .formatted(operation.indent(6), components.indent(2));
    return plan(document, null, null).operations().getFirst();
  }

  /// The schema of the argument `a`, as OpenAPI 3.0 says it.
  private static JsonNode schema(String schema) throws Unfit {
    var operation =
        one("parameters: [{name: a, in: query, schema: %s}]".formatted(schema), "schemas: {}");
    assertThat(operation.importable()).as("%s", operation.warnings()).isTrue();
    return property(operation, "a");
  }

  @Test
  void parameters_become_one_flat_schema_and_find_their_places() throws Unfit {
    var list = operation(petstore(), "GET /pets");
    assertThat(list.parameters().path("properties").propertyNames())
        .containsExactly("limit", "status", "tags", "filter_name", "filter_age", "X-Trace");
    assertThat(list.parameters().path("additionalProperties").asBoolean(true)).isFalse();
    assertThat(request(list).url()).isEqualTo("/pets");
    assertThat(request(list).query())
        .isEqualTo(
            Map.of(
                "limit", "{{limit}}",
                "status", "{{status}}",
                "tags", "{{tags}}",
                "filter[name]", "{{filter_name}}",
                "filter[age]", "{{filter_age}}"));
    assertThat(request(list).headers()).isEqualTo(Map.of("X-Trace", "{{X-Trace}}"));
    assertThat(property(list, "tags").toString())
        .isEqualTo(
            "{\"type\":\"string\",\"description\":\"Several values are separated by commas.\"}");
    assertThat(list.title()).isEqualTo("Lists pets");
    assertThat(list.response()).isNotNull();
  }

  @Test
  void the_credentials_own_parameter_is_no_argument() throws Unfit {
    assertThat(property(operation(petstore(), "GET /pets"), "api_key").isMissingNode()).isTrue();
    assertThat(petstore().auth()).isEqualTo(new Auth.ApiKey("api_key", Auth.Place.HEADER));
  }

  @Test
  void words_of_openapi_3_0_become_those_of_2020_12() throws Unfit {
    assertThat(schema("{type: integer, minimum: 5, exclusiveMinimum: true}").toString())
        .isEqualTo("{\"type\":\"integer\",\"exclusiveMinimum\":5}");
    assertThat(schema("{type: number, maximum: 5, exclusiveMaximum: false}").toString())
        .isEqualTo("{\"type\":\"number\",\"maximum\":5}");
    assertThat(schema("{type: string, nullable: true}").toString())
        .isEqualTo("{\"type\":[\"string\",\"null\"]}");
    assertThat(schema("{type: string, enum: [a, b], nullable: true}").toString())
        .isEqualTo("{\"type\":[\"string\",\"null\"],\"enum\":[\"a\",\"b\",null]}");
    assertThat(schema("{nullable: true, anyOf: [{type: string}, {type: integer}]}").toString())
        .isEqualTo(
            "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"integer\"},{\"type\":\"null\"}]}");
    assertThat(schema("{type: string, example: Rex, xml: {name: x}, x-own: 1}").toString())
        .isEqualTo("{\"type\":\"string\",\"examples\":[\"Rex\"]}");
    assertThat(schema("{nullable: true, allOf: [{type: string}]}").toString())
        .isEqualTo("{\"type\":[\"string\",\"null\"]}");
  }

  @Test
  void a_default_is_told_and_not_sent() throws Unfit {
    var plan = petstore();
    assertThat(property(operation(plan, "GET /pets"), "limit").toString())
        .isEqualTo(
            "{\"type\":\"integer\",\"maximum\":100,\"exclusiveMinimum\":0,"
                + "\"description\":\"How many Default: 20\"}");
    assertThat(property(operation(plan, "PUT /pets/{petId}"), "hidden").toString())
        .isEqualTo("{\"type\":\"boolean\",\"description\":\"Default: false\"}");
  }

  @Test
  void what_is_no_schema_is_left_out_and_the_rest_stays() throws Unfit {
    var schema =
        schema(
            "{type: strin, minLength: -1, maximum: many, required: true, enum: [], pattern: '(?!x)y',"
                + " items: 5, title: '', description: A text}");
    assertThat(schema.toString()).isEqualTo("{\"description\":\"A text\"}");
    assertThat(schema("{type: array}").toString()).isEqualTo("{\"type\":\"array\",\"items\":{}}");
  }

  @Test
  void the_path_keeps_its_names_and_the_body_gives_way() throws Unfit {
    var replace = operation(petstore(), "PUT /pets/{petId}");
    assertThat(replace.parameters().path("properties").propertyNames())
        .containsExactly("petId", "body_petId", "name", "hidden");
    assertThat(replace.parameters().path("required").toString())
        .isEqualTo("[\"petId\",\"body_petId\",\"name\"]");
    assertThat(request(replace).url()).isEqualTo("/pets/{petId}");
    assertThat(String.valueOf(request(replace).body())).isEqualTo("{\"petId\":\"{{body_petId}}\"}");
  }

  @Test
  void names_that_are_no_arguments_are_fitted_and_secrets_names_avoided() throws Unfit {
    var operation =
        one(
            """
            parameters:
              - {name: 'a b', in: query, schema: {type: string}}
              - {name: 'a.b', in: query, schema: {type: string}}
              - {name: '$top', in: query, schema: {type: string}}
              - {name: access_token, in: query, schema: {type: string}}
              - {name: '***', in: query, schema: {type: string}}
            """,
            "schemas: {}");
    assertThat(request(operation).query())
        .isEqualTo(
            Map.of(
                "a b", "{{a_b}}",
                "a.b", "{{query_a_b}}",
                "$top", "{{top}}",
                "access_token", "{{query_access_token}}",
                "***", "{{query}}"));
  }

  @Test
  void all_of_is_merged_and_read_only_left_out() throws Unfit {
    var create = operation(orders(), "POST /orders");
    assertThat(create.parameters().path("properties").propertyNames())
        .containsExactly("customer", "note", "items");
    assertThat(create.parameters().path("required").toString())
        .isEqualTo("[\"customer\",\"items\"]");
    assertThat(property(create, "note").toString())
        .isEqualTo("{\"type\":\"string\",\"maxLength\":50,\"description\":\"For the courier\"}");
    assertThat(create.warnings()).anyMatch(text -> text.contains("not in RE2 syntax"));
    var pet = operation(petstore(), "POST /pets");
    assertThat(pet.parameters().path("properties").propertyNames())
        .containsExactly("X-Trace", "name", "born", "kind", "parent");
  }

  @Test
  void what_all_of_cannot_say_in_one_stays_beside() throws Unfit {
    var schema =
        schema(
            "{allOf: [{type: [string, integer], pattern: a, enum: [1, 2, 3]}, {type: integer, pattern: b,"
                + " enum: [2, 3, 4], minimum: 1}, {minimum: 2, maximum: 9}]}");
    assertThat(schema.toString())
        .isEqualTo(
            "{\"type\":\"integer\",\"pattern\":\"a\",\"enum\":[2,3],\"allOf\":[{\"pattern\":\"b\"}],"
                + "\"minimum\":2,\"maximum\":9}");
  }

  @Test
  void one_of_stays_and_makes_the_body_one_argument() throws Unfit {
    var pay = operation(orders(), "POST /pay");
    assertThat(pay.parameters().path("properties").propertyNames()).containsExactly("body");
    assertThat(pay.parameters().path("required").toString()).isEqualTo("[\"body\"]");
    var branches = property(pay, "body").path("oneOf");
    assertThat(branches.path(0).path("properties").path("kind").toString())
        .isEqualTo("{\"const\":\"card\"}");
    assertThat(branches.path(1).path("properties").path("iban").path("type").toString())
        .isEqualTo("[\"string\",\"null\"]");
    assertThat(String.valueOf(request(pay).body())).isEqualTo("\"{{body}}\"");
    assertThat(String.valueOf(request(operation(petstore(), "POST /pets/batch")).body()))
        .isEqualTo("\"{{body}}\"");
  }

  @Test
  void what_contains_itself_is_cut() throws Unfit {
    var plant = operation(orders(), "POST /tree");
    assertThat(property(plant, "left").toString()).isEqualTo("{\"type\":\"object\"}");
    assertThat(property(plant, "right").path("properties").path("root").toString())
        .isEqualTo("{\"type\":\"object\"}");
    assertThat(plant.warnings()).anyMatch(text -> text.contains("contains itself"));
    assertThat(SCHEMAS.faultsOf(plant.parameters())).isEmpty();
  }

  @Test
  void forms_and_files_are_sent_as_such() throws Unfit {
    var signIn = operation(petstore(), "POST /login");
    assertThat(request(signIn).bodyFormat()).isEqualTo(BodyFormat.FORM);
    assertThat(String.valueOf(request(signIn).body()))
        .isEqualTo("{\"address[city]\":\"{{address_city}}\"}");
    var photo = operation(petstore(), "POST /photos");
    assertThat(request(photo).bodyFormat()).isEqualTo(BodyFormat.MULTIPART);
    assertThat(property(photo, "photo").path("required").toString()).isEqualTo("[\"filename\"]");
  }

  @Test
  void relative_servers_lie_where_the_document_does() throws Unfit {
    assertThat(orders().baseUrl()).isEqualTo("https://orders.example/api");
    assertThat(petstore().baseUrl()).isEqualTo("https://pets.example/v1");
    var sent = plan(resource("orders.json"), null, null);
    assertThat(sent.baseUrl()).isNull();
    assertThat(sent.warnings()).anyMatch(text -> text.contains("give base_url"));
    assertThat(plan(resource("orders.json"), null, "https://b.example").baseUrl())
        .isEqualTo("https://b.example");
  }

  @Test
  void operations_with_servers_of_their_own_stay_at_the_connections_origin() throws Unfit {
    var near = one("servers: [{url: 'https://one.example/files/'}]", "schemas: {}");
    assertThat(request(near).url()).isEqualTo("https://one.example/files/x");
    var far = one("servers: [{url: 'https://two.example'}]", "schemas: {}");
    assertThat(far.importable()).isFalse();
    assertThat(far.warnings().getFirst()).contains("https://two.example");
  }

  @Test
  void a_path_in_the_documents_words_is_one_that_can_be_filled() throws Unfit {
    var get = operation(orders(), "GET /orders/{order.id}");
    assertThat(request(get).url()).isEqualTo("/orders/{order_id}");
    assertThat(get.parameters().path("required").toString()).isEqualTo("[\"order_id\"]");
    assertThat(get.title()).isEqualTo("GET /orders/{order.id}");
  }

  @Test
  void a_body_that_cannot_be_sent_makes_no_tool() throws Unfit {
    var xml = operation(orders(), "POST /xml");
    assertThat(xml.importable()).isFalse();
    assertThat(xml.warnings().getFirst()).contains("application/xml");
  }

  @Test
  void references_never_lead_out_of_the_document() throws Unfit {
    for (var ref :
        List.of(
            "http://127.0.0.1:1/pet.yaml",
            "file:///etc/passwd",
            "../other.yaml#/Pet",
            "//host/x",
            "other.json")) {
      var schema = "{$ref: '" + ref + "'}";
      for (var operation :
          List.of(
              one("parameters: [{name: a, in: query, schema: %s}]".formatted(schema), "x: {}"),
              one("parameters: [%s]".formatted(schema), "x: {}"),
              one("requestBody: %s".formatted(schema), "x: {}"),
              one(
                  "requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}",
                  "schemas: {A: {properties: {b: {items: %s}}}}".formatted(schema)))) {
        assertThat(operation.importable()).as(ref).isFalse();
        assertThat(operation.warnings().getFirst())
            .contains(ref)
            .contains("outside of the document");
      }
    }
    var whole =
        """
        openapi: 3.1.0
        info: {title: x, version: '1'}
        paths:
          /a: {$ref: 'https://evil.example/a.yaml'}
          /b: {get: {responses: {}}}
        """;
    assertThat(plan(whole, null, null).warnings())
        .anyMatch(text -> text.startsWith("/a is left out") && text.contains("outside"));
  }

  @Test
  void references_to_nothing_and_in_circles_do_no_harm() throws Unfit {
    var nothing = one("parameters: [{name: a, in: query, schema: {$ref: '#/none'}}]", "x: {}");
    assertThat(property(nothing, "a").toString()).isEqualTo("{}");
    assertThat(nothing.warnings()).anyMatch(text -> text.contains("#/none"));
    var circle =
        one(
            "parameters: [{$ref: '#/components/parameters/A'}]",
            "parameters: {A: {$ref: '#/components/parameters/B'}, B: {$ref: '#/components/parameters/A'}}");
    assertThat(circle.importable()).isFalse();
    var self =
        one(
            "requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}",
            "schemas: {A: {$ref: '#/components/schemas/A'}}");
    assertThat(self.importable()).isTrue();
    var root = one("parameters: [{name: a, in: query, schema: {$ref: '#'}}]", "x: {}");
    assertThat(root.importable()).isTrue();
  }

  @Test
  void references_that_double_and_double_are_cut_to_what_a_model_can_read() throws Unfit {
    var schemas = new StringBuilder("schemas:\n");
    for (var i = 0; i < 30; i++) {
      schemas.append(
          "  S%d: {type: object, properties: {l: {$ref: '#/components/schemas/S%d'}, r: {$ref: '#/components/schemas/S%d'}}}\n"
              .formatted(i, i + 1, i + 1));
    }
    schemas.append("  S30: {type: string}\n");
    var operation =
        one(
            "requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}}",
            schemas.toString());
    assertThat(operation.importable()).isTrue();
    assertThat(Json.write(operation.parameters())).hasSizeLessThan(100_000);
    assertThat(operation.warnings()).anyMatch(text -> text.contains("left open"));
  }

  private static Auth auth(String scheme) throws Unfit {
    var document =
        """
        openapi: 3.0.0
        info: {title: One, version: '1'}
        servers: [{url: 'https://one.example'}]
        security: [{s: [read, write]}]
        paths:
          /x: {get: {responses: {'200': {description: fine}}}}
        components: {securitySchemes: {s: %s}}
        """
            .formatted(scheme);
    var plan = plan(document, null, null);
    return plan.warnings().stream().anyMatch(text -> text.contains("security scheme s is not used"))
        ? new Auth.None()
        : plan.auth();
  }

  @Test
  void every_security_scheme_becomes_an_auth_without_a_secret() throws Unfit {
    assertThat(auth("{type: apiKey, in: query, name: k}"))
        .isEqualTo(new Auth.ApiKey("k", Auth.Place.QUERY));
    assertThat(auth("{type: http, scheme: Bearer}")).isEqualTo(new Auth.Bearer());
    assertThat(auth("{type: http, scheme: basic}")).isEqualTo(new Auth.Basic(""));
    assertThat(
            auth(
                "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://one.example/token', scopes: {}}}}"))
        .isEqualTo(
            new Auth.ClientCredentials(
                "https://one.example/token", "", "read write", Auth.ClientAuth.BASIC));
    assertThat(
            auth(
                "{type: oauth2, flows: {authorizationCode: {tokenUrl: 'https://one.example/token',"
                    + " authorizationUrl: 'https://one.example/agree', scopes: {}}}}"))
        .isEqualTo(
            new Auth.AuthorizationCode(
                "https://one.example/agree",
                "https://one.example/token",
                "",
                "read write",
                Auth.ClientAuth.BASIC));
    assertThat(auth("{type: openIdConnect, openIdConnectUrl: 'https://one.example'}"))
        .isEqualTo(new Auth.Bearer());
    for (var none :
        Set.of(
            "{type: apiKey, in: cookie, name: session}",
            "{type: mutualTLS}",
            "{type: http, scheme: digest}",
            "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'file:///etc/passwd'}}}",
            "{type: oauth2}",
            "{type: magic}")) {
      assertThat(auth(none)).as(none).isEqualTo(new Auth.None());
    }
  }

  @Test
  void a_cookie_that_is_needed_makes_no_tool() throws Unfit {
    var needed = one("parameters: [{name: sid, in: cookie, required: true, schema: {}}]", "x: {}");
    assertThat(needed.importable()).isFalse();
    var optional = one("parameters: [{name: sid, in: cookie, schema: {}}]", "x: {}");
    assertThat(optional.warnings()).contains("The cookie sid is never sent");
  }

  @Test
  void headers_that_are_not_the_callers_are_no_arguments() throws Unfit {
    var operation =
        one(
            """
            parameters:
              - {name: Authorization, in: header, schema: {type: string}}
              - {name: Host, in: header, schema: {type: string}}
              - {name: "Bad\\r\\nHeader", in: header, schema: {type: string}}
              - {name: X-Fine, in: header, schema: {type: string}}
            """,
            "x: {}");
    assertThat(operation.parameters().path("properties").propertyNames()).containsExactly("X-Fine");
  }

  @Test
  void names_of_tools_are_unique_and_fit_every_provider() throws Unfit {
    var plan = orders();
    var names = Names.tools(plan.operations(), wanted -> Set.of());
    assertThat(names.values())
        .containsExactly("get_orders_order_id", "orders_create", "pay", "plant", "sendXml")
        .allMatch(name -> name.matches("^[a-zA-Z][a-zA-Z0-9_-]{0,63}$"));
    var taken = Set.of("pay", "pay_2");
    assertThat(Names.tools(plan.operations(), wanted -> taken).get("POST /pay")).isEqualTo("pay_3");
    assertThat(Names.connection("Orders & more", wanted -> Set.of("orders_more")))
        .isEqualTo("orders_more_2");
    assertThat(Names.connection("日本", wanted -> Set.of())).isEqualTo("api");
    assertThat(Names.connection("3D" + "x".repeat(100), wanted -> Set.of()))
        .hasSize(64)
        .startsWith("op_3dx");
  }

  @Test
  void the_same_document_has_the_same_hash_however_it_is_written() throws Unfit {
    var tree = DocumentText.read(resource("petstore.yaml"), null);
    assertThat(Imported.hash(DocumentText.read(Json.write(tree), null)))
        .isEqualTo(Imported.hash(tree));
  }

  @Test
  void faults_of_a_document_are_told_without_refusing_it() throws Unfit {
    var document =
        """
        openapi: 3.0.1
        info: {title: x}
        paths:
          /a: {get: {operationId: same}, put: {operationId: same, responses: {'200': {description: d}}}}
        """;
    assertThat(plan(document, "https://one.example/x.yaml", null).warnings())
        .anyMatch(text -> text.contains("info.version is missing"))
        .anyMatch(text -> text.contains("operationId is repeated"));
  }

  @Test
  void only_openapi_3_0_and_3_1_are_read() {
    for (var text :
        Map.of(
                "swagger: '2.0'", "Swagger 2.0",
                "openapi: 3.2.0", "not supported",
                "openapi: 2", "not supported",
                "asyncapi: 3.0.0", "no field openapi",
                "openapi: 3.1.0\npaths: {}", "no operations",
                "openapi: 3.1.0\npaths: [1]", "no operations")
            .entrySet()) {
      assertThatExceptionOfType(Unfit.class)
          .as(text.getKey())
          .isThrownBy(() -> plan(text.getKey(), null, null))
          .withMessageContaining(text.getValue());
    }
  }

  @Test
  void a_document_of_thousands_of_large_operations_stays_within_bounds() throws Unfit {
    var document = Json.object().put("openapi", "3.0.0");
    document.putObject("info").put("title", "big").put("version", "1");
    var wide = document.putObject("components").putObject("schemas").putObject("Wide");
    var properties = wide.put("type", "object").putObject("properties");
    for (var i = 0; i < 900; i++) {
      properties.putObject("p" + i).put("type", "string");
    }
    var paths = document.putObject("paths");
    for (var i = 0; i < 600; i++) {
      var media =
          paths
              .putObject("/p" + i)
              .putObject("post")
              .putObject("requestBody")
              .putObject("content")
              .putObject("application/json");
      media.putObject("schema").put("$ref", "#/components/schemas/Wide");
    }
    var plan = Plan.of(document, null, "https://one.example", false, SCHEMAS);
    assertThat(plan.operations()).hasSize(600);
    var size =
        plan.operations().stream()
            .mapToLong(one -> one.parameters().path("properties").size())
            .sum();
    assertThat(size).isLessThan(250_000);
  }
}
