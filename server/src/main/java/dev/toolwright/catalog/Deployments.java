package dev.toolwright.catalog;

import dev.toolwright.audit.Audit;
import dev.toolwright.catalog.DeploymentStore.Wanted;
import dev.toolwright.connection.mcp.Place;
import dev.toolwright.connection.mcp.Places;
import dev.toolwright.container.ContainerSpec;
import dev.toolwright.container.Engine;
import dev.toolwright.container.EngineException;
import dev.toolwright.container.Found;
import dev.toolwright.container.Look;
import dev.toolwright.database.Database;
import dev.toolwright.json.Json;
import dev.toolwright.vault.Redaction;
import dev.toolwright.vault.Secret;
import dev.toolwright.vault.SecretUnreadable;
import dev.toolwright.vault.Vault;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Keeps a container for each tool of the catalogue whose image may run, by comparing again and
/// again what there is with what there should be: a restart of the server finds its containers, and
/// what nobody wants any more is stopped. Servers that share an engine share the containers; others
/// have their own. They outlive the server.
public final class Deployments implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Deployments.class);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration ENGINE_AGAIN = Duration.ofSeconds(15);
  private static final Duration FIRST_LOOK = Duration.ofSeconds(5);
  private static final Duration STABLE = Duration.ofMinutes(1);

  /// A container that runs as it did is inspected each so many looks: its address may have changed
  /// behind our back.
  private static final int CLOSER_LOOK = 10;

  private static final Place WITHOUT_ENGINE =
      new Place.Outside(
          "There is no container engine here that could run its image: see ./toolwright doctor");
  private static final Place UNAPPROVED =
      new Place.Outside(
          "Its image needs approval: an admin gives it by setting the tool's status to active");

  /// @param engine `auto`, `none` or its address
  /// @param images that need no approval: names, or beginnings with `*` at the end
  /// @param outbound whether containers reach the network
  public record Options(String engine, List<String> images, boolean outbound) {
    public Options {
      images = List.copyOf(images);
    }
  }

  private final Database database;
  private final Vault vault;
  private final Places places;
  private final Audit audit;
  private final InstantSource clock;
  private final Options options;
  private final DeploymentStore store = new DeploymentStore();

  /// The tools whose containers are being made or started just now.
  private final Set<String> busy = ConcurrentHashMap.newKeySet();

  private final Backoff backoff;
  private final Thread thread;
  private volatile @Nullable Engine engine;
  private Instant engineAgain = Instant.MIN;
  private boolean fails;
  private long looks;

  /// Null until an engine was asked for its containers.
  private volatile @Nullable String installation;

  public Deployments(
      Database database,
      Vault vault,
      Places places,
      Audit audit,
      InstantSource clock,
      Options options) {
    this.database = database;
    this.vault = vault;
    this.places = places;
    this.audit = audit;
    this.clock = clock;
    this.options = options;
    this.backoff = new Backoff(clock);
    var looked = new CountDownLatch(1);
    this.thread = Thread.ofVirtual().name("deployments").start(() -> repeat(looked));
    try {
      // Calls that a restart interrupted go on at once: they must find the containers.
      looked.await(FIRST_LOOK.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void repeat(CountDownLatch looked) {
    try {
      look();
      looked.countDown();
      while (true) {
        TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
        look();
      }
    } catch (InterruptedException e) {
      // Closing.
    }
  }

  private void look() {
    try {
      compare();
      fails = false;
    } catch (EngineException e) {
      LOG.atLevel(once()).log("The container engine is asked again later: {}", e.getMessage());
      letGo();
    } catch (RuntimeException e) {
      LOG.atLevel(once()).log("Containers are looked at again later", e);
    }
  }

  /// The first of several failures is for the operator.
  private Level once() {
    var level = fails ? Level.DEBUG : Level.WARN;
    fails = true;
    return level;
  }

  @Nullable String containerId(@Nullable String connectionId) {
    return places.of(connectionId).map(Place::containerId).orElse(null);
  }

  /// A tool that was just made is not asked where nobody serves it, until its container is there.
  void expect(Service service) {
    var image = service.dockerImage();
    if (image != null
        && !image.isEmpty()
        && service.port() != null
        && service.connectionId() != null) {
      places.expect(
          service.connectionId(),
          engine == null && installation == null
              ? WITHOUT_ENGINE
              : service.approved() || isListed(image) ? new Place.Starting() : UNAPPROVED);
    }
  }

  private void compare() throws EngineException {
    var wanted = database.direct(store::wanted);
    var used = engine();
    places.keep(wanted.stream().map(Wanted::connectionId).collect(Collectors.toSet()));
    if (used == null) {
      wanted.forEach(tool -> {
        // What runs in a container here is asked nowhere else because its engine is away.
        if (installation == null || !isAdmitted(tool)) {
          put(tool, WITHOUT_ENGINE);
        } else if (!(places.of(tool.connectionId()).orElse(null) instanceof Place.Running)) {
          failed(tool, null, "The container engine does not answer");
        }
      });
      return;
    }
    var admitted = new HashMap<String, Wanted>();
    for (var tool : wanted) {
      if (isAdmitted(tool)) {
        admitted.put(tool.toolId(), tool);
      } else {
        put(tool, UNAPPROVED);
      }
    }
    looks++;
    var found = kept(used, admitted);
    for (var tool : admitted.values()) {
      follow(used, tool, found.get(tool.toolId()));
    }
    backoff.keep(admitted.keySet());
  }

  private @Nullable Engine engine() {
    if (engine == null && clock.instant().isAfter(engineAgain)) {
      engineAgain = clock.instant().plus(ENGINE_AGAIN);
      engine = Engine.open(options.engine()).orElse(null);
    }
    return engine;
  }

  private void letGo() {
    var used = engine;
    engine = null;
    if (used != null) {
      used.close();
    }
  }

  private boolean isAdmitted(Wanted tool) {
    return tool.approved() || isListed(tool.image());
  }

  private boolean isListed(String image) {
    return options.images().stream()
        .anyMatch(one ->
            one.endsWith("*")
                ? image.startsWith(one.substring(0, one.length() - 1))
                : image.equals(one));
  }

  private String installation() {
    if (installation == null) {
      installation = database.identity();
    }
    return installation;
  }

  /// The containers that are as they should be, by tool; the others are removed.
  private Map<String, Found> kept(Engine used, Map<String, Wanted> admitted)
      throws EngineException {
    var kept = new HashMap<String, Found>();
    for (var container : used.containers(installation())) {
      var tool = admitted.get(container.toolId());
      if (tool != null && fingerprint(tool).equals(container.fingerprint())) {
        kept.put(container.toolId(), container);
      } else if (busy.add(container.toolId())) {
        if (tool != null) {
          put(tool, new Place.Starting());
        }
        working(container.toolId(), () -> used.remove(container));
      }
    }
    return kept;
  }

  private void follow(Engine used, Wanted tool, @Nullable Found container) throws EngineException {
    if (busy.contains(tool.toolId())) {
      return;
    }
    if (container == null) {
      if (backoff.isOver(tool.toolId(), fingerprint(tool)) && busy.add(tool.toolId())) {
        put(tool, new Place.Starting());
        working(tool.toolId(), () -> create(used, tool));
      }
      return;
    }
    if (container.running()
        && places.of(tool.connectionId()).orElse(null) instanceof Place.Running known
        && known.containerId().equals(container.id())
        && looks % CLOSER_LOOK != 0) {
      return;
    }
    var look = look(used, tool, container.id());
    if (look == null) {
      return;
    }
    if (look.address() != null) {
      running(tool, new Place.Running(container.id(), look.address(), look.startedAt()));
      return;
    }
    var says = "Its container has ended with exit code " + look.exitCode();
    failed(tool, container.id(), says);
    if (backoff.isOver(tool.toolId(), fingerprint(tool)) && busy.add(tool.toolId())) {
      backoff.attempted(tool.toolId(), fingerprint(tool));
      working(tool.toolId(), () -> used.restart(container.id()));
    }
  }

  private @Nullable Look look(Engine used, Wanted tool, String containerId) {
    try {
      return used.look(containerId, tool.port(), options.outbound());
    } catch (EngineException e) {
      failed(tool, containerId, String.valueOf(e.getMessage()));
      return null;
    }
  }

  private void running(Wanted tool, Place.Running now) {
    if (put(tool, now)) {
      database.useTx(tx ->
          audit.record(
              tx,
              tool.workspaceId(),
              null,
              "tool_container_running",
              tool.toolId(),
              Json.object().put("container_id", now.containerId())));
    }
    if (now.since().isBefore(clock.instant().minus(STABLE))) {
      backoff.forget(tool.toolId());
    }
  }

  private void create(Engine used, Wanted tool) throws InterruptedException {
    try {
      backoff.attempted(tool.toolId(), fingerprint(tool));
      used.create(spec(tool));
    } catch (EngineException e) {
      failed(tool, null, String.valueOf(e.getMessage()));
    } catch (SecretUnreadable e) {
      failed(tool, null, "A stored value of its environment cannot be read; save it again");
    }
  }

  private void failed(Wanted tool, @Nullable String containerId, String says) {
    put(tool, new Place.Failed(containerId, says));
  }

  /// What is new of a tool is looked at soon.
  private boolean put(Wanted tool, Place now) {
    var isNew = !now.equals(places.put(tool.connectionId(), now));
    if (isNew && !(now instanceof Place.Starting)) {
      database.useTx(tx -> store.lookSoon(tx, tool));
    }
    return isNew;
  }

  private ContainerSpec spec(Wanted tool) {
    var environment = new HashMap<String, String>();
    environment(tool.workspaceId(), tool.environment())
        .forEach((name, value) -> environment.put(name, value.reveal()));
    return new ContainerSpec(
        installation(),
        tool.toolId(),
        fingerprint(tool),
        tool.image(),
        tool.port(),
        environment,
        options.outbound());
  }

  private String fingerprint(Wanted tool) {
    return tool.fingerprint(options.outbound());
  }

  private Map<String, Secret> environment(String workspaceId, Map<String, String> ids) {
    return database.inTx(tx -> {
      var opened = new HashMap<String, Secret>();
      ids.forEach((name, id) ->
          opened.put(name, id.isEmpty() ? Secret.of("") : vault.open(tx, workspaceId, id)));
      return opened;
    });
  }

  private interface Work {
    void run() throws EngineException, InterruptedException;
  }

  private void working(String toolId, Work work) {
    Thread.ofVirtual()
        .name("deployment")
        .start(() -> {
          try {
            work.run();
          } catch (EngineException | RuntimeException e) {
            LOG.debug("The container of {} is looked at again later", toolId, e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            busy.remove(toolId);
          }
        });
  }

  /// The last lines that the container of a tool has written, without the secrets it was given.
  public List<String> logs(CatalogTool tool, int most) throws InterruptedException {
    var used = engine;
    if (used == null || tool.containerId() == null) {
      return List.of();
    }
    try {
      var service = tool.service();
      var values =
          environment(
              tool.tool().workspaceId(), service == null ? Map.of() : service.environment());
      var redaction = Redaction.of(values.values());
      return used.logs(tool.containerId(), most).stream().map(redaction::text).toList();
    } catch (EngineException | SecretUnreadable e) {
      return List.of();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    letGo();
  }
}
