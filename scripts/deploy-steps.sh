# Sourced by scripts/deploy.sh, and requires the options of that script. A step consists of three functions: describe_STEP;
# inputs_STEP, which prints the inputs of the step; and run_STEP, which can be repeated at any time.

pause=${DEPLOY_PAUSE_SECONDS:-30}
attempts=20
synapse_api=2020-12-01
factory_api=2018-06-01
livy=livyApi/versions/2019-11-01-preview/sparkPools/spark/batches

hash=(sha256sum)
command -v sha256sum >/dev/null || hash=(shasum -a 256)

digest() {
  "${hash[@]}" | cut -c1-16
}

# Hashes and names of files, which are given relative to the project.
contents() {
  (cd "$home" && find "$@" -type f | LC_ALL=C sort | tr '\n' '\0' | xargs -0 "${hash[@]}")
}

sources() {
  contents pom.xml conf/thresholds.conf src/main
}

# The views that the pipelines compute.
views() {
  sed -n '/"views": {/,/]/s/^ *"\([a-z0-9_]*\)",\{0,1\}$/\1/p' "$home/conf/datafactory/pipeline/lambda.json"
}

require_tools() {
  local needed=" $* " tool
  if [[ "$needed" =~ \ (build|views)\  ]]; then
    find_java
  fi
  for tool in envsubst sqlcmd; do
    case "$tool" in
      envsubst) [[ "$needed" =~ \ (jobs|pipelines|triggers)\  ]] || continue ;;
      sqlcmd) [[ "$needed" == *" views "* ]] || continue ;;
    esac
    command -v "$tool" >/dev/null || fail 1 "$tool is not on the PATH: see docs/azure.md for the tools that a deployment needs"
  done
}

# The kind of network of a workspace cannot be changed after creation.
require_same_network() {
  local network
  network=$(az synapse workspace show --name "$name-synapse" --resource-group "$RESOURCE_GROUP" \
    --query "managedVirtualNetwork || 'none'" --output tsv 2>/dev/null) || return 0
  if [[ "$network" == default && "$private_network" == false ]]; then
    fail 2 "$name was deployed with --private-network: pass it again"
  elif [[ "$network" != default && "$private_network" == true ]]; then
    fail 2 "$name was deployed without --private-network, and a workspace cannot get a managed virtual network later: choose another --name"
  fi
}

# Retries a command until permissions and addresses that have just been created have taken effect.
patiently() {
  local attempt
  for ((attempt = 1; ; attempt++)); do
    if "$@" 2>"$work/error"; then
      return
    fi
    if ((attempt == attempts)) ||
      ! grep -Eiq 'AuthorizationPermissionMismatch|AuthorizationFailure|Forbidden|Unauthorized|ClientIpAddressNotAuthorized|does not have (authorization|required)' "$work/error"; then
      cat "$work/error" >&2
      return 1
    fi
    ((attempt > 1)) || echo "    waiting for new permissions to take effect: $(head -n 1 "$work/error")" >&2
    sleep "$pause"
  done
}

# The address of a resource in Azure Resource Manager, by its type and name.
resource_id() {
  echo "/subscriptions/$SUBSCRIPTION_ID/resourceGroups/$RESOURCE_GROUP/providers/$1"
}

manage() {
  az rest --method "$1" --url "https://management.azure.com$(resource_id "$2")" "${@:3}"
}

# Sets the names of the resources from the template's outputs.
registry=""
read_outputs() {
  [[ -z "$registry" ]] || return 0
  local outputs
  outputs=$(az deployment group show --resource-group "$RESOURCE_GROUP" --name lambda --output tsv --query \
    "properties.outputs.[storageAccount.value, eventHubsNamespace.value, keyVault.value, synapseWorkspace.value, dataFactory.value, registry.value]")
  { read -r STORAGE_ACCOUNT && read -r EVENT_HUBS_NAMESPACE && read -r KEY_VAULT && read -r SYNAPSE_WORKSPACE &&
    read -r DATA_FACTORY && read -r registry; } < <(tr '\t' '\n' <<<"$outputs")
  export STORAGE_ACCOUNT EVENT_HUBS_NAMESPACE KEY_VAULT SYNAPSE_WORKSPACE DATA_FACTORY
  export LAKE_ROOT=abfss://lake@$STORAGE_ACCOUNT.dfs.core.windows.net/lambda EVENT_HUB=events SYNAPSE_POOL=spark \
    KAFKA_BOOTSTRAP_SERVERS=$EVENT_HUBS_NAMESPACE.servicebus.windows.net:9093 \
    APP_FOLDER=abfss://app@$STORAGE_ACCOUNT.dfs.core.windows.net/lambda-analytics
}

workspace() {
  patiently az rest --method "$1" --resource https://dev.azuresynapse.net \
    --url "https://$SYNAPSE_WORKSPACE.dev.azuresynapse.net/$2" "${@:3}"
}

factory() {
  manage "$1" "Microsoft.DataFactory/factories/$DATA_FACTORY/$2?api-version=$factory_api" "${@:3}"
}

# Fills in a definition under conf/.
filled() {
  # shellcheck disable=SC2016
  envsubst '$STORAGE_ACCOUNT $EVENT_HUBS_NAMESPACE $KEY_VAULT $SYNAPSE_WORKSPACE $SUBSCRIPTION_ID $RESOURCE_GROUP $START_TIME' <"$home/conf/$1"
}

describe_build() { echo "compile the application"; }
inputs_build() { sources; }
run_build() {
  (cd "$home" && ./mvnw -B -q -ntp -Dmaven.test.skip package) >&2
}

describe_group() { echo "create the resource group $RESOURCE_GROUP in $location"; }
inputs_group() { :; }
run_group() {
  az group create --name "$RESOURCE_GROUP" --location "$location" --output none
}

describe_template() {
  local with=""
  [[ "$private_network" == false ]] || with+=", private network"
  [[ "$synapse_link" == false ]] || with+=", Synapse Link"
  [[ "$serve" == false ]] || with+=", registry and environment of serve"
  [[ ${#emails[@]} -eq 0 ]] || with+=", alerts to ${emails[*]}"
  [[ "$budget" == 0 ]] || with+=", a monthly budget of $budget"
  echo "create the resources of $name (conf/infra/azure.json)$with"
}
inputs_template() {
  contents conf/infra/azure.json
  template_parameters
}
run_template() {
  local files=()
  if [[ "$serve" == true ]] && ! has_token; then
    # A file, because arguments are visible to other users of the machine.
    printf '{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#", "contentVersion": "1.0.0.0", "parameters": {"serveToken": {"value": "%s"}}}\n' \
      "$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')" >"$work/token.json"
    files=("@$work/token.json")
  fi
  deploy "${files[@]}"
}

template_parameters() {
  local list="" email
  for email in "${emails[@]}"; do
    list+="${list:+, }\"$email\""
  done
  printf '%s\n' "name=$name" "operatorObjectId=$operator" "alertEmails=[$list]" "monthlyBudget=$budget" \
    "privateNetwork=$private_network" "synapseLink=$synapse_link" "serve=$serve" "${parameters[@]}"
}

# Deploys the template with the given parameters in addition to those of the options.
deploy() {
  local pairs begun
  mapfile -t pairs < <(template_parameters)
  if [[ "$budget" != 0 ]]; then
    begun=$(manage get "Microsoft.Consumption/budgets?api-version=2023-11-01" --output tsv \
      --query "value[?name=='$name-budget'].properties.timePeriod.startDate")
    [[ -z "$begun" ]] || pairs+=("budgetStart=${begun%%T*}")
  fi
  az deployment group create --resource-group "$RESOURCE_GROUP" --name lambda --output none \
    --template-file "$home/conf/infra/azure.json" --parameters "$@" "${pairs[@]}"
}

# Whether the vault contains the serve token, according to the resource; the value is not read.
has_token() {
  local vault found
  vault=$(az deployment group list --resource-group "$RESOURCE_GROUP" --output tsv \
    --query "[?name=='lambda'].properties.outputs.keyVault.value") || exit 1
  [[ -n "$vault" ]] || return
  found=$(manage get "Microsoft.KeyVault/vaults/$vault/secrets?api-version=2023-07-01" --output tsv \
    --query "value[?name=='serve-token'].name") || exit 1
  [[ -n "$found" ]]
}

describe_endpoints() { echo "connect the managed networks of Synapse and Data Factory, and approve their private endpoints"; }
inputs_endpoints() { contents conf/infra/azure.json; }
run_endpoints() {
  read_outputs
  local existing endpoints endpoint target group
  existing=$(workspace get "managedVirtualNetworks/default/managedPrivateEndpoints?api-version=$synapse_api" \
    --query "value[].name" --output tsv)
  endpoints=$(az deployment group show --resource-group "$RESOURCE_GROUP" --name lambda --output tsv \
    --query "properties.outputs.managedEndpoints.value[].[name, target, group]")
  while IFS=$'\t' read -r endpoint target group <&3; do
    grep -qx "$endpoint" <<<"$existing" ||
      workspace put "managedVirtualNetworks/default/managedPrivateEndpoints/$endpoint?api-version=$synapse_api" --output none \
        --body "{\"properties\": {\"privateLinkResourceId\": \"$target\", \"groupId\": \"$group\"}}"
    approve "$target" "$SYNAPSE_WORKSPACE.$endpoint"
  done 3<<<"$endpoints"
  approve "$(resource_id "Microsoft.Synapse/workspaces/$SYNAPSE_WORKSPACE")" "$DATA_FACTORY.synapse-dev"
}

# Approves only the private endpoint of the given name, and no other request for the resource.
approve() {
  local attempt found connection status
  for ((attempt = 1; attempt <= attempts; attempt++)); do
    found=$(az network private-endpoint-connection list --id "$1" --output tsv --query \
      "[?ends_with(properties.privateEndpoint.id, '/$2')].[id, properties.privateLinkServiceConnectionState.status]")
    IFS=$'\t' read -r connection status <<<"$found"
    case "$status" in
      Approved) return ;;
      Pending)
        az network private-endpoint-connection approve --id "$connection" --description "Deployment of $name" --output none
        return
        ;;
    esac
    sleep "$pause"
  done
  echo "There is still no connection of $2 to approve on $1" >&2
  return 1
}

describe_upload() { echo "upload the jar and the configuration files"; }
inputs_upload() {
  sources
  contents conf/azure.conf conf/synapse.conf
}
run_upload() {
  read_outputs
  upload "$home/conf/azure.conf" azure.conf
  upload "$home/conf/synapse.conf" synapse.conf
  upload "$(app_jar)" lambda-analytics-app.jar
}

upload() {
  patiently az storage fs file upload --auth-mode login --account-name "$STORAGE_ACCOUNT" --file-system app \
    --source "$1" --path "lambda-analytics/$2" --overwrite --output none
}

describe_access() { echo "${ip:+open the workspace to $ip, and }let Data Factory run jobs in the workspace"; }
inputs_access() { echo "$ip"; }
run_access() {
  read_outputs
  local role identity
  if [[ -n "$ip" ]]; then
    az synapse workspace firewall-rule create --resource-group "$RESOURCE_GROUP" --workspace-name "$SYNAPSE_WORKSPACE" \
      --name operator --start-ip-address "$ip" --end-ip-address "$ip" --output none
  fi
  identity=$(az resource show --resource-group "$RESOURCE_GROUP" --name "$DATA_FACTORY" \
    --resource-type Microsoft.DataFactory/factories --query identity.principalId --output tsv)
  for role in "Synapse Compute Operator" "Synapse Artifact User" "Synapse Credential User"; do
    patiently az synapse role assignment list --workspace-name "$SYNAPSE_WORKSPACE" --role "$role" \
      --assignee-object-id "$identity" --query "[].id" --output tsv >"$work/assigned"
    [[ -s "$work/assigned" ]] ||
      az synapse role assignment create --workspace-name "$SYNAPSE_WORKSPACE" --role "$role" \
        --assignee-object-id "$identity" --output none
  done
}

describe_jobs() { echo "create the Spark job definitions and the link to the vault"; }
inputs_jobs() { contents conf/synapse; }
run_jobs() {
  read_outputs
  local file
  workspace put "linkedservices/key-vault?api-version=$synapse_api" --output none --body "$(filled synapse/linkedService/key-vault.json)"
  for file in "$home"/conf/synapse/*.json; do
    file=${file##*/}
    workspace put "sparkJobDefinitions/${file%.json}?api-version=$synapse_api" --output none --body "$(filled "synapse/$file")"
  done
}

describe_tables() { echo "run ingest and batch once, which creates the tables (10 to 20 minutes)"; }
inputs_tables() { views; }
run_tables() {
  read_outputs
  local view
  run_job ingest --from kafka --once --conf synapse.conf
  for view in $(views); do
    run_job batch --view "$view" --conf synapse.conf
  done
}

# Submits a command to the Spark pool, and waits until it ends.
run_job() {
  local batch status
  patiently "$home/scripts/submit.sh" --target synapse "$@" >"$work/submitted"
  batch=$(sed -n 's/^ *"id": *\([0-9][0-9]*\),\{0,1\}$/\1/p' "$work/submitted" | head -n 1)
  if [[ -z "$batch" ]]; then
    echo "Synapse did not accept the job $1:" >&2
    cat "$work/submitted" >&2
    return 1
  fi
  echo "    $* (batch $batch of the pool spark)"
  while true; do
    status=$(workspace get "$livy/$batch" --query state --output tsv)
    case "$status" in
      success) return ;;
      dead | error | killed)
        echo "The job $1 ended with the state $status: see batch $batch under Monitor, Apache Spark applications in Synapse Studio" >&2
        return 1
        ;;
    esac
    sleep "$pause"
  done
}

describe_pipelines() { echo "create the pipelines, and start the speed job"; }
inputs_pipelines() { contents conf/datafactory/linkedService conf/datafactory/pipeline; }
run_pipelines() {
  read_outputs
  local pipeline running
  factory put linkedservices/synapse --output none --body "$(filled datafactory/linkedService/synapse.json)"
  for pipeline in lambda live; do
    factory put "pipelines/$pipeline" --output none --body "$(filled "datafactory/pipeline/$pipeline.json")"
  done
  running=$(factory post queryPipelineRuns --output tsv --query "value[0].runId" --body \
    "{\"lastUpdatedAfter\": \"2020-01-01T00:00:00Z\", \"lastUpdatedBefore\": \"$(date -u +%Y-%m-%dT%H:%M:%SZ)\", \"filters\": [{\"operand\": \"PipelineName\", \"operator\": \"Equals\", \"values\": [\"live\"]}, {\"operand\": \"Status\", \"operator\": \"In\", \"values\": [\"InProgress\", \"Queued\"]}]}")
  if [[ -n "$running" ]]; then
    echo "    the speed job is running already: cancel the run $running of live and start live again to apply a change"
  else
    factory post pipelines/live/createRun --output none
  fi
}

describe_views() { echo "create the SQL database analytics and its views"; }
inputs_views() {
  sources
  views
}
run_views() {
  read_outputs
  local view
  sql -d master -Q "IF NOT EXISTS (SELECT 1 FROM sys.databases WHERE name = 'analytics') CREATE DATABASE analytics"
  "$home/scripts/submit.sh" sql --dialect synapse --setup >"$work/setup.sql"
  sql -v DATABASE=analytics -i "$work/setup.sql"
  for view in $(views); do
    "$home/scripts/submit.sh" sql --view "$view" --dialect synapse >"$work/view.sql"
    sql -d analytics -i "$work/view.sql"
  done
}

sql() {
  sqlcmd --authentication-method ActiveDirectoryDefault -b -S "$SYNAPSE_WORKSPACE-ondemand.sql.azuresynapse.net" "$@"
}

describe_triggers() { echo "start the hourly and the nightly trigger"; }
inputs_triggers() { contents conf/datafactory/trigger; }
run_triggers() {
  read_outputs
  local trigger found status
  for trigger in hourly nightly; do
    # An existing trigger keeps its start time: Data Factory does not allow tumbling windows to move.
    found=$(factory get triggers --output tsv --query \
      "value[?name=='$trigger'].[properties.runtimeState, not_null(properties.typeProperties.startTime, properties.typeProperties.recurrence.startTime)]")
    IFS=$'\t' read -r status START_TIME <<<"$found"
    export START_TIME=${START_TIME:-$(date -u +%Y-%m-%dT%H:00:00Z)}
    [[ "$status" != Started ]] || factory post "triggers/$trigger/stop" --output none
    factory put "triggers/$trigger" --output none --body "$(filled "datafactory/trigger/$trigger.json")"
    factory post "triggers/$trigger/start" --output none
  done
}

describe_image() { echo "build the images of serve in the registry, with the tag $(image_tag)"; }
inputs_image() { image_contents; }
run_image() {
  read_outputs
  build_image lambda-analytics-mirror mirror
  build_image lambda-analytics serve
}

build_image() {
  az acr build --registry "$registry" --image "$1:$(image_tag)" --target "$2" --output none "$home" >&2
}

image_contents() {
  contents .dockerignore .mvn Dockerfile mvnw pom.xml scripts/mirror.sh src/main \
    conf/jvm.options conf/log4j2.properties conf/serve.conf conf/thresholds.conf
}
image_tag() { image_contents | digest; }

describe_serve() { echo "run serve in Azure Container Apps"; }
inputs_serve() {
  inputs_template
  image_tag
}
run_serve() {
  deploy "serveTag=$(image_tag)"
  read_outputs
  local url
  url=$(az deployment group show --resource-group "$RESOURCE_GROUP" --name lambda --query properties.outputs.serveUrl.value --output tsv)
  echo "    $url"
  echo "    token: az keyvault secret show --vault-name $KEY_VAULT --name serve-token --query value --output tsv"
}
