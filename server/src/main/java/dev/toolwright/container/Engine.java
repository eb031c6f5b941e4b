package dev.toolwright.container;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import com.github.dockerjava.api.model.PullResponseItem;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A Docker or Podman that this machine has. Every container gets as little as a server can live
/// with: no capabilities, no root, no mounts, a read-only file system beside a small `/tmp`, a
/// network of its own, and bounds on memory, processor and processes.
public final class Engine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);
  private static final String LABEL = "dev.toolwright.";
  private static final String NOBODY = "65534:65534";
  private static final long MEMORY = 512L << 20;
  private static final long PROCESSES = 256;
  private static final long ONE_PROCESSOR = 1_000_000_000;
  private static final int STOPPED_WITHIN_SECONDS = 5;
  private static final Duration CONNECTED_WITHIN = Duration.ofSeconds(3);
  private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(60);
  private static final long PULLED_WITHIN_MINUTES = 15;
  private static final long LOGS_WITHIN_SECONDS = 5;

  private final DockerClient client;
  private final boolean rootless;

  private Engine(DockerClient client, boolean rootless) {
    this.client = client;
    this.rootless = rootless;
  }

  /// The engine at an address, or for `auto` the first in the usual places; empty for `none` and
  /// while none answers.
  public static Optional<Engine> open(String address) {
    return switch (address) {
      case "none" -> Optional.empty();
      case "auto" -> Sockets.usual().flatMap(one -> at(one).stream()).findFirst();
      default -> at(address);
    };
  }

  private static Optional<Engine> at(String address) {
    var config =
        DefaultDockerClientConfig.createDefaultConfigBuilder()
            .withDockerHost(address)
            .withDockerTlsVerify(false)
            .build();
    var http =
        new ZerodepDockerHttpClient.Builder()
            .dockerHost(config.getDockerHost())
            .connectionTimeout(CONNECTED_WITHIN)
            .responseTimeout(ANSWERED_WITHIN)
            .build();
    var client = DockerClientImpl.getInstance(config, http);
    try {
      var security = client.infoCmd().exec().getSecurityOptions();
      return Optional.of(
          new Engine(client, security != null && security.contains("name=rootless")));
    } catch (RuntimeException e) {
      LOG.debug("No container engine answers at {}", address, e);
      close(client);
      return Optional.empty();
    }
  }

  /// What it calls itself, such as `Podman Engine 4.3.1`.
  public String version() throws EngineException {
    return asked(() -> {
      var version = client.versionCmd().exec();
      var components = version.getComponents();
      return (components == null || components.isEmpty()
              ? "Docker"
              : components.getFirst().getName())
          + " "
          + version.getVersion();
    });
  }

  /// All containers of an installation, stopped ones too.
  public List<Found> containers(String installation) throws EngineException {
    return asked(() ->
        client
            .listContainersCmd()
            .withShowAll(true)
            .withLabelFilter(Map.of(LABEL + "installation", installation))
            .exec()
            .stream()
            .map(one ->
                new Found(
                    one.getId(),
                    one.getLabels().getOrDefault(LABEL + "tool", ""),
                    one.getLabels().getOrDefault(LABEL + "fingerprint", ""),
                    "running".equals(one.getState())))
            .toList());
  }

  /// @param port that it was made with
  /// @param outbound whether it was made to reach the network
  public Look look(String id, int port, boolean outbound) throws EngineException {
    var found = asked(() -> client.inspectContainerCmd(id).exec());
    var state = found.getState();
    var code = state.getExitCodeLong();
    return new Look(
        Boolean.TRUE.equals(state.getRunning()) ? address(found, port, outbound) : null,
        code == null ? 0 : code,
        instant(state.getStartedAt()));
  }

  /// Engines publish no port of a network without a way out, unless they run without root: there
  /// the container is reached by the bridge that it hangs on. Where this machine has no part in
  /// that bridge, the address would be somebody else's.
  private URI address(InspectContainerResponse found, int port, boolean outbound)
      throws EngineException {
    var settings = found.getNetworkSettings();
    var published = settings.getPorts().getBindings().get(ExposedPort.tcp(port));
    if ((outbound || rootless) && published != null && published.length > 0) {
      return URI.create("http://127.0.0.1:" + published[0].getHostPortSpec());
    }
    return settings.getNetworks().values().stream()
        .map(ContainerNetwork::getIpAddress)
        .filter(address -> address != null && Bridges.reach(address))
        .findFirst()
        .map(address -> URI.create("http://" + address + ":" + port))
        .orElseThrow(() ->
            new EngineException(
                "The container runs, but this machine has no part in its network: Podman needs"
                    + " netavark for that, and Docker Desktop the setting container-egress"));
  }

  private static Instant instant(@Nullable String text) {
    try {
      return text == null ? Instant.EPOCH : Instant.parse(text);
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }

  /// Makes and starts a container, pulling its image when it is not here. One that another server
  /// made meanwhile is left to it.
  public void create(ContainerSpec spec) throws EngineException, InterruptedException {
    pull(spec.image());
    var id =
        asked(() -> {
          network(spec);
          try {
            return created(spec);
          } catch (ConflictException e) {
            LOG.debug("{} is made by another server", spec, e);
            return "";
          }
        });
    try {
      if (!id.isEmpty()) {
        restart(id);
      }
    } catch (EngineException e) {
      remove(new Found(id, spec.toolId(), spec.fingerprint(), false));
      throw new EngineException(
          "The container engine cannot start the program of the image " + spec.image());
    }
  }

  private String created(ContainerSpec spec) {
    var image = client.inspectImageCmd(spec.image()).exec().getConfig();
    var user = image == null ? null : image.getUser();
    var port = ExposedPort.tcp(spec.port());
    return client
        .createContainerCmd(spec.image())
        .withName(spec.name())
        .withLabels(labels(spec))
        .withEnv(environment(spec))
        .withUser(isRoot(user) ? NOBODY : user)
        .withExposedPorts(port)
        .withHostConfig(
            HostConfig.newHostConfig()
                .withNetworkMode(spec.name())
                .withPortBindings(new PortBinding(Ports.Binding.bindIp("127.0.0.1"), port))
                .withReadonlyRootfs(true)
                .withTmpFs(Map.of("/tmp", "size=64m"))
                .withCapDrop(Capability.ALL)
                .withSecurityOpts(List.of("no-new-privileges"))
                .withMemory(MEMORY)
                .withMemorySwap(MEMORY)
                .withPidsLimit(PROCESSES)
                .withNanoCPUs(ONE_PROCESSOR))
        .exec()
        .getId();
  }

  private static boolean isRoot(@Nullable String user) {
    return user == null || user.matches("(|0|root)(:.*)?");
  }

  private static Map<String, String> labels(ContainerSpec spec) {
    return Map.of(
        LABEL + "installation", spec.installation(),
        LABEL + "tool", spec.toolId(),
        LABEL + "fingerprint", spec.fingerprint());
  }

  /// Most servers are told their port like this.
  private static List<String> environment(ContainerSpec spec) {
    var all = new HashMap<>(Map.of("PORT", Integer.toString(spec.port()), "HOME", "/tmp"));
    all.putAll(spec.environment());
    return all.entrySet().stream().map(one -> one.getKey() + "=" + one.getValue()).toList();
  }

  private void network(ContainerSpec spec) {
    try {
      client
          .createNetworkCmd()
          .withName(spec.name())
          .withDriver("bridge")
          .withInternal(!spec.outbound())
          .withLabels(labels(spec))
          .exec();
    } catch (DockerException e) {
      // Whatever the status with which it says so, a network that is there already is as good.
      if (client.listNetworksCmd().withNameFilter(spec.name()).exec().isEmpty()) {
        throw e;
      }
    }
  }

  private void pull(String image) throws EngineException, InterruptedException {
    if (isHere(image)) {
      return;
    }
    try {
      var isExact =
          image.contains("@") || image.substring(image.lastIndexOf('/') + 1).contains(":");
      var pulled =
          client
              .pullImageCmd(isExact ? image : image + ":latest")
              .exec(new ResultCallback.Adapter<PullResponseItem>())
              .awaitCompletion(PULLED_WITHIN_MINUTES, TimeUnit.MINUTES);
      if (pulled && isHere(image)) {
        return;
      }
    } catch (RuntimeException e) {
      LOG.debug("{} cannot be pulled", image, e);
    }
    throw new EngineException(
        "The image " + image + " is not on this machine and cannot be pulled");
  }

  private boolean isHere(String image) throws EngineException {
    return asked(() -> {
      try {
        client.inspectImageCmd(image).exec();
        return true;
      } catch (NotFoundException e) {
        return false;
      }
    });
  }

  /// Starts a container that has ended.
  public void restart(String id) throws EngineException {
    asked(() -> {
      try {
        client.startContainerCmd(id).exec();
      } catch (NotModifiedException e) {
        LOG.debug("{} runs already", id, e);
      }
      return true;
    });
  }

  /// Stops a container and deletes it with its network.
  public void remove(Found container) throws EngineException {
    asked(() -> {
      var networks = new ArrayList<String>();
      try {
        var found = client.inspectContainerCmd(container.id()).exec();
        found.getNetworkSettings().getNetworks().keySet().stream()
            .filter(name -> name.startsWith("toolwright-"))
            .forEach(networks::add);
        if (container.running()) {
          client.stopContainerCmd(container.id()).withTimeout(STOPPED_WITHIN_SECONDS).exec();
        }
      } catch (NotModifiedException | NotFoundException e) {
        LOG.debug("{} has ended already", container, e);
      }
      try {
        client.removeContainerCmd(container.id()).withForce(true).withRemoveVolumes(true).exec();
        networks.forEach(name -> client.removeNetworkCmd(name).exec());
      } catch (NotFoundException | ConflictException e) {
        LOG.debug("{} is deleted already", container, e);
      }
      return true;
    });
  }

  /// The last lines that a container has written, oldest first.
  public List<String> logs(String id, int most) throws EngineException, InterruptedException {
    try (var lines = new Lines()) {
      client
          .logContainerCmd(id)
          .withStdOut(true)
          .withStdErr(true)
          .withTail(most)
          .exec(lines)
          .awaitCompletion(LOGS_WITHIN_SECONDS, TimeUnit.SECONDS);
      return lines.last(most);
    } catch (RuntimeException | IOException e) {
      throw failure(e);
    }
  }

  private static <T> T asked(Supplier<T> work) throws EngineException {
    try {
      return work.get();
    } catch (RuntimeException e) {
      throw failure(e);
    }
  }

  private static EngineException failure(Exception e) {
    LOG.debug("The container engine refused", e);
    return new EngineException(
        e instanceof DockerException refused
            ? "The container engine refused with status " + refused.getHttpStatus()
            : "The container engine does not answer");
  }

  @Override
  public void close() {
    close(client);
  }

  private static void close(DockerClient client) {
    try {
      client.close();
    } catch (IOException e) {
      LOG.debug("The container engine's connections are not closed", e);
    }
  }
}
