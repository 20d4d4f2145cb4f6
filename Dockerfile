# Two images: `serve`, and `mirror`, which keeps a copy of a lake in Azure Storage for it (scripts/mirror.sh).
#
#   docker build -t lambda-analytics .
#   docker build -t lambda-analytics-mirror --target mirror .
#   docker run --read-only --tmpfs /tmp:exec -v /path/to/lake:/lake:ro -e SERVE_TOKEN -p 8080:8080 lambda-analytics
#
# Both run as an unprivileged user and write only to /tmp, `mirror` also to its copy. Libraries unpack native code
# into /tmp, so it must not be mounted with noexec. For views of your own, add a layer with a file that includes
# serve.conf, and pass it with --conf.

FROM debian:bookworm-slim AS mirror
RUN set -eux; \
    apt-get update; \
    apt-get install -y --no-install-recommends ca-certificates curl; \
    curl -fsSL -o /tmp/repository.deb https://packages.microsoft.com/config/debian/12/packages-microsoft-prod.deb; \
    dpkg -i /tmp/repository.deb; \
    apt-get update; \
    apt-get install -y --no-install-recommends azcopy; \
    apt-get purge -y --auto-remove curl; \
    rm -rf /tmp/repository.deb /var/lib/apt/lists/*; \
    useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin mirror
COPY scripts/mirror.sh /app/mirror.sh
USER 10001:10001
WORKDIR /tmp
HEALTHCHECK --interval=60s --timeout=5s --start-period=10m \
  CMD ["bash", "-c", "[[ -n \"$(find /lake/.mirror/published -mmin -15)\" ]]"]
ENTRYPOINT ["/app/mirror.sh"]
CMD ["--help"]

FROM eclipse-temurin:17-jdk-jammy AS build
WORKDIR /build
COPY .mvn .mvn
COPY mvnw pom.xml ./
COPY conf/thresholds.conf conf/
COPY src/main src/main
RUN ./mvnw -B -ntp -q compile jar:jar dependency:build-classpath@local-class-path
# The class path of scripts/submit.sh, in the same order: some libraries contain the same class.
RUN set -eu; \
    mkdir -p image/lib; \
    class_path=; \
    for jar in target/lambda-analytics-*.jar $(tr ':' ' ' <target/local.classpath); do \
      cp "$jar" image/lib/; \
      class_path="$class_path:/app/lib/${jar##*/}"; \
    done; \
    echo "-cp ${class_path#:}" >image/class-path.options

FROM eclipse-temurin:17-jre-jammy AS serve
# Hadoop requires a user with a name.
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin serve
COPY --from=build /build/image /app
COPY conf/jvm.options conf/log4j2.properties conf/serve.conf /app/conf/
ENV LAKE_ROOT=/lake
USER 10001:10001
# Spark creates its warehouse folder in the working directory.
WORKDIR /tmp
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=3m \
  CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8080/healthz"]
# DuckDB may use 1 GB outside the heap.
ENTRYPOINT ["java", "@/app/conf/jvm.options", "@/app/class-path.options", \
  "-XX:MaxRAMPercentage=50", "-XX:+ExitOnOutOfMemoryError", \
  "-Dlog4j2.configurationFile=/app/conf/log4j2.properties", "-Dspark.ui.showConsoleProgress=false", \
  "serving.Serve"]
CMD ["--bind", "0.0.0.0", "--conf", "/app/conf/serve.conf"]
