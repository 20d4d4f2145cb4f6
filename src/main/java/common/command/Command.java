package common.command;

import common.ErrorCode;
import common.ExitCode;
import common.Failure;
import common.secrets.Secrets;
import common.session.Session;
import common.settings.Settings;
import common.telemetry.CommandTelemetry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * A command of the application; each subclass is a main class that job definitions name.
 *
 * <p>Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage.
 * An error is one line that ends with its {@link ErrorCode}; {@code --stacktrace} adds the stack
 * trace.
 */
@CommandLine.Command(
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    usageHelpAutoWidth = true,
    abbreviateSynopsis = true,
    optionListHeading = "%nOptions:%n",
    descriptionHeading = "%n",
    footerHeading = "%nExample:%n")
public abstract class Command {
  @Option(
      names = "--conf",
      paramLabel = "FILE",
      description = "Configuration file; keys that it omits keep their defaults.")
  private Optional<Path> conf = Optional.empty();

  @Option(
      names = {"-D", "--define"},
      paramLabel = "KEY=VALUE",
      description = "One configuration value, e.g. -D lake.root=/data/lake; may be repeated.")
  private Map<String, String> overrides = new LinkedHashMap<>();

  @Option(names = "--stacktrace", description = "Show the stack trace of an error.")
  private boolean stacktrace;

  /**
   * Does the command's work.
   *
   * @param session starts Spark on first use
   * @param out where results go
   */
  protected abstract void run(Session session, Settings settings, PrintWriter out) throws Exception;

  /** Configuration values, by key, that this command's options set. */
  protected Map<String, String> overrides() {
    return overrides;
  }

  /**
   * Whether the command needs credentials. A command that needs none also runs where no secrets are
   * available.
   */
  protected boolean needsSecrets() {
    return true;
  }

  /** Whether the command, with its options, runs until it is stopped. */
  protected boolean runsUntilStopped() {
    return false;
  }

  /** Whether the command uses the configured views, which are then all validated at the start. */
  protected boolean usesViews() {
    return true;
  }

  /** Validates the options by themselves, before the configuration is read. */
  protected void validateOptions() {}

  /** Validates the options against the configuration, before Spark starts. */
  protected void validate(Settings settings) {}

  /**
   * Runs the command, and exits the JVM only on failure: job services expect main to return after a
   * success.
   */
  protected static void main(Command command, String[] arguments) {
    int code = execute(new CommandLine(command), arguments);
    if (code != ExitCode.DONE.code()) {
      System.exit(code);
    }
  }

  /** Runs the command of the given command line, printing to that line's writers. */
  public static int execute(CommandLine line, String[] arguments) {
    Command command = line.getCommand();
    try {
      Integer helped = CommandLine.executeHelpRequest(line.parseArgs(arguments));
      return helped == null ? command.start(line) : helped;
    } catch (CommandLine.ParameterException error) {
      Failure usage = new Failure(ErrorCode.OPTION_INVALID, message(error) + " (see --help)");
      line.getErr().println("Error: " + usage.line());
      return usage.code().exitCode().code();
    }
  }

  /**
   * The message to report: for a misspelt required option, the misspelling, whereas picocli would
   * report only the missing option.
   */
  private static String message(CommandLine.ParameterException error) {
    List<String> unknown = error.getCommandLine().getUnmatchedArguments();
    return error instanceof CommandLine.MissingParameterException && !unknown.isEmpty()
        ? new CommandLine.UnmatchedArgumentException(error.getCommandLine(), unknown).getMessage()
        : error.getMessage();
  }

  private int start(CommandLine line) {
    PrintWriter out = line.getOut();
    PrintWriter err = line.getErr();
    UnaryOperator<String> redact = UnaryOperator.identity();
    try {
      validateOptions();
      Secrets secrets = needsSecrets() ? Secrets.ofJob() : Secrets.unasked();
      redact = secrets::redact;
      Settings settings = Settings.load(conf, overrides(), secrets);
      String views = views(line, settings);
      CommandTelemetry telemetry =
          runsUntilStopped()
              ? CommandTelemetry.untilStopped(settings.metrics(), line.getCommandName(), views)
              : CommandTelemetry.once(settings.metrics(), line.getCommandName(), views);
      boolean succeeded = false;
      try (Session session = Session.of(getClass().getSimpleName(), settings)) {
        validate(settings);
        telemetry.started();
        run(session, settings, out);
        succeeded = true;
      } finally {
        out.flush();
        telemetry.end(succeeded);
      }

      return ExitCode.DONE.code();
    } catch (Exception error) {
      Failure failure = Failures.explain(error);
      err.println(redact.apply("Error: " + failure.line()));
      if (stacktrace) {
        StringWriter trace = new StringWriter();
        error.printStackTrace(new PrintWriter(trace));
        err.println(redact.apply(trace.toString()));
      }

      err.flush();
      return failure.code().exitCode().code();
    }
  }

  /**
   * Validates the configured views if the command uses them.
   *
   * @return the value of {@code --view}; empty if it is not given, or the command uses none of the
   *     configured views
   * @throws Failure when a view is invalid or unknown, before metrics are written for a view that
   *     no later run could correct
   */
  private String views(CommandLine line, Settings settings) {
    if (!usesViews()) {
      return "";
    }

    settings.views().all();
    if (!line.getParseResult().hasMatchedOption("--view")) {
      return "";
    }

    List<String> views = line.getParseResult().matchedOption("--view").stringValues();
    views.forEach(settings.views()::named);
    return String.join(",", views);
  }
}
