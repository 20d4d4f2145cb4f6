package serving.sql;

import static serving.sql.SynapseDialect.UTF8_COLLATION;
import static serving.sql.SynapseDialect.bracketed;
import static serving.sql.SynapseDialect.literal;

import common.ErrorCode;
import common.Failure;
import common.settings.SynapseSettings;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * T-SQL that creates the objects required by {@link SynapseDialect} and {@link
 * SynapseCosmosDialect}, once per database. The script can be rerun: existing objects are kept.
 *
 * <p>Source: Azure documentation, "Control storage account access for serverless SQL pool".
 */
public record SynapseSetup(SynapseSettings names, String lakeRoot) {
  private static final Pattern ABFSS =
      Pattern.compile("abfss://([a-z0-9-]+)@([a-z0-9.-]+\\.dfs\\.[a-z0-9.-]+)(/[^?#$'\"\\s]*)?");

  /** Collation, schema, credential (the workspace's identity) and data source, in the database. */
  public String lake() {
    return """
        -- Run as the administrator of the serverless database that sqlcmd's variable DATABASE names.
        USE [$(DATABASE)];
        GO
        ALTER DATABASE CURRENT COLLATE %s;
        GO
        IF SCHEMA_ID(%s) IS NULL EXEC(%s);
        GO
        IF NOT EXISTS (SELECT 1 FROM sys.symmetric_keys WHERE name = '##MS_DatabaseMasterKey##')
          CREATE MASTER KEY;
        GO
        IF NOT EXISTS (SELECT 1 FROM sys.database_scoped_credentials WHERE name = %s)
          CREATE DATABASE SCOPED CREDENTIAL %s WITH IDENTITY = 'Managed Identity';
        GO
        IF NOT EXISTS (SELECT 1 FROM sys.external_data_sources WHERE name = %s)
          CREATE EXTERNAL DATA SOURCE %s WITH (LOCATION = %s, CREDENTIAL = %s);
        GO
        """
        .formatted(
            UTF8_COLLATION,
            literal(names.schema()),
            literal("CREATE SCHEMA " + bracketed(names.schema())),
            literal(names.dataSource()),
            bracketed(names.dataSource()),
            literal(names.dataSource()),
            bracketed(names.dataSource()),
            literal(httpsRoot(lakeRoot)),
            bracketed(names.dataSource()));
  }

  /**
   * The script of {@link #lake}, plus the credential of the Cosmos DB account; sqlcmd substitutes
   * the account's key.
   */
  public String lakeAndCosmos() {
    return """
        -- In master: the key is the value of the variable COSMOS_KEY, which sqlcmd also reads from the environment.
        USE [master];
        GO
        IF NOT EXISTS (SELECT 1 FROM sys.credentials WHERE name = %s)
          CREATE CREDENTIAL %s WITH IDENTITY = 'SHARED ACCESS SIGNATURE', SECRET = '$(COSMOS_KEY)';
        GO
        """
            .formatted(literal(names.cosmosCredential()), bracketed(names.cosmosCredential()))
        + lake();
  }

  /** The lake's root as the HTTPS URL that SQL pools use. */
  public static String httpsRoot(String lakeRoot) {
    Matcher uri = ABFSS.matcher(lakeRoot);
    if (!uri.matches()) {
      throw new Failure(
          ErrorCode.STORAGE_UNSUPPORTED,
          "Synapse requires abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH, but lake.root is %s: correct lake.root"
              .formatted(lakeRoot));
    }

    String path = uri.group(3) == null ? "" : uri.group(3);
    return "https://%s/%s%s".formatted(uri.group(2), uri.group(1), path);
  }
}
