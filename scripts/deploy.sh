#!/usr/bin/env bash
# Deploys the system on Azure, step by step: scripts/deploy.sh --name NAME [options]
#
# Each step can be repeated safely (scripts/deploy-steps.sh). Completed steps are recorded in a file with a digest of their
# inputs, so that later runs skip a step until its inputs change.
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$home/scripts/local-jvm.sh"
source "$home/scripts/deploy-steps.sh"

usage() {
  cat <<'EOF'
Usage: scripts/deploy.sh --name NAME [options]

Creates the Azure resources, uploads the application, creates jobs, pipelines and SQL views, and starts them. Prints the
steps and asks before it changes anything. After a failure, run the same command again: it resumes where it stopped.

  --name NAME             prefix of every resource name, unique in Azure: 3 to 12 lower-case letters and digits
  --resource-group NAME   default: lambda
  --location REGION       default: westeurope
  --operator ID           object id of the user or group that administers the system; default: whoever is signed in
  --ip ADDRESS            open the workspace to this IP address; not needed in Azure Cloud Shell
  --alert-email ADDRESS   send alerts to this address; may be repeated
  --budget AMOUNT         monthly budget of the resource group, in the subscription's currency; needs --alert-email
  --serve                 build the image of serve, and run it in Azure Container Apps
  --synapse-link          let Synapse Link read the Cosmos DB account; cannot be switched off again
  --private-network       reach all services only through private endpoints; cannot be changed later
  --parameter KEY=VALUE   addressSpace, captureRetentionDays or partitions of conf/infra/azure.json; may be repeated

  --dry-run               print the steps, and change nothing
  --yes                   do not ask
  --until STEP            stop after this step
  --all                   also repeat completed steps

Needs the Azure CLI (az), signed in as an owner of the subscription or the resource group; JDK 17, envsubst, and the Go
edition of sqlcmd. With --private-network, the steps after `template` need a machine in that network: see docs/azure.md

Environment:
  XDG_STATE_HOME          where completed steps are recorded (default ~/.local/state)
  DEPLOY_PAUSE_SECONDS    pause between two checks of an operation that is still running (default 30)

Exit codes: 0 success, 1 failure, 2 usage error
EOF
}

name="" operator="" ip="" budget=0 until=""
emails=()
parameters=()
serve=false synapse_link=false private_network=false dry_run=false yes=false all=false
export RESOURCE_GROUP=lambda
location=westeurope
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help)
      usage
      exit
      ;;
    --serve) serve=true ;;
    --synapse-link) synapse_link=true ;;
    --private-network) private_network=true ;;
    --dry-run) dry_run=true ;;
    --yes) yes=true ;;
    --all) all=true ;;
    --name | --resource-group | --location | --operator | --ip | --alert-email | --budget | --parameter | --until)
      [[ -n "${2:-}" && "$2" != --* ]] || fail 2 "$1 needs a value (see scripts/deploy.sh --help)"
      case "$1" in
        --name) name=$2 ;;
        --resource-group) RESOURCE_GROUP=$2 ;;
        --location) location=$2 ;;
        --operator) operator=$2 ;;
        --ip) ip=$2 ;;
        --alert-email) emails+=("$2") ;;
        --budget) budget=$2 ;;
        --parameter) parameters+=("$2") ;;
        --until) until=$2 ;;
      esac
      shift
      ;;
    *) fail 2 "unknown option '$1' (see scripts/deploy.sh --help)" ;;
  esac
  shift
done

[[ -n "$name" ]] || fail 2 "--name is required (see scripts/deploy.sh --help)"
[[ "$name" =~ ^[a-z][a-z0-9]{2,11}$ ]] ||
  fail 2 "--name $name: expected 3 to 12 lower-case letters and digits that begin with a letter"
[[ "$RESOURCE_GROUP" =~ ^[A-Za-z0-9_.()-]+$ ]] || fail 2 "--resource-group $RESOURCE_GROUP: not a name that Azure accepts"
[[ "$location" =~ ^[a-z0-9]+$ ]] || fail 2 "--location $location: expected the name of a region, such as westeurope"
[[ "$budget" =~ ^[0-9]+$ ]] || fail 2 "--budget $budget: expected a whole amount"
[[ -z "$operator" || "$operator" =~ ^[0-9a-fA-F-]{36}$ ]] || fail 2 "--operator $operator: expected an object id"
[[ -z "$ip" || "$ip" =~ ^([0-9]{1,3}\.){3}[0-9]{1,3}$ ]] || fail 2 "--ip $ip: expected an IPv4 address"
for word in "${emails[@]}"; do
  [[ "$word" =~ ^[^[:space:]\"\\]+@[^[:space:]\"\\]+$ ]] || fail 2 "--alert-email $word: not an e-mail address"
done
for word in "${parameters[@]}"; do
  [[ "$word" =~ ^(addressSpace|captureRetentionDays|partitions)=[0-9./]+$ ]] ||
    fail 2 "--parameter $word: expected a value of addressSpace, captureRetentionDays or partitions"
done
[[ "$budget" == 0 || ${#emails[@]} -gt 0 ]] || fail 2 "--budget needs an --alert-email, which is notified"
[[ -z "$ip" || "$private_network" == false ]] || fail 2 "--ip: with --private-network, the workspace has no public endpoint"
[[ "$synapse_link" == false || "$private_network" == false ]] ||
  fail 2 "--synapse-link: the serverless pool signs in with the account's key, which --private-network disables"

steps=(build group template)
[[ "$private_network" == false ]] || steps+=(endpoints)
steps+=(upload access jobs tables pipelines views triggers)
[[ "$serve" == false ]] || steps+=(image serve)
[[ -z "$until" || " ${steps[*]} " == *" $until "* ]] || fail 2 "--until $until: expected one of ${steps[*]}"

command -v az >/dev/null || fail 1 "az is not on the PATH: install the Azure CLI, then run az login"
account=$(az account show --query "[id, name, user.name]" --output tsv 2>/dev/null | tr '\t' '\n') ||
  fail 1 "not signed in to Azure: run az login"
{ read -r SUBSCRIPTION_ID && read -r subscription && read -r user; } <<<"$account" || fail 1 "az reports no subscription: run az login"
export SUBSCRIPTION_ID
if [[ -z "$operator" ]]; then
  operator=$(az ad signed-in-user show --query id --output tsv 2>/dev/null) ||
    fail 1 "cannot look up the object id of $user: pass --operator"
fi
require_same_network

state=${XDG_STATE_HOME:-$HOME/.local/state}/lambda-analytics/$SUBSCRIPTION_ID-$name
work=$(mktemp -d)
step=""
# A tool's exit code could be mistaken for an exit code of this script.
clean_up() {
  local code=$?
  rm -rf "$work"
  [[ $code -eq 0 || $code -ge 128 || -z "$step" ]] ||
    fail 1 "the step $step failed (see above): run the same command again to resume there"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

digest_of() {
  { echo "$RESOURCE_GROUP $location $private_network" && "inputs_$1"; } | digest
}

is_done() {
  [[ "$all" == false && -f "$state" ]] && grep -qx "$1 ${digests[$1]}" "$state"
}

note_done() {
  mkdir -p "${state%/*}"
  { grep -v "^$1 " "$state" 2>/dev/null || true; } >"$state.new"
  echo "$1 ${digests[$1]}" >>"$state.new"
  mv "$state.new" "$state"
}

echo "Deploys to the subscription $subscription ($SUBSCRIPTION_ID), signed in as $user:"
echo
todo=()
declare -A digests
for planned in "${steps[@]}"; do
  mark=done
  digests[$planned]=$(digest_of "$planned")
  if ! is_done "$planned" || [[ "$planned" == build && -z "$(app_jar)" ]]; then
    mark="to do"
    todo+=("$planned")
  fi
  printf '  %-6s %-10s %s\n' "$mark" "$planned" "$("describe_$planned")"
  [[ "$planned" != "$until" ]] || break
done
echo
[[ "$private_network" == false ]] || echo "From the step endpoints on, this must run on a machine in the network $name-network"$'\n'

if [[ ${#todo[@]} -eq 0 ]]; then
  echo "There is nothing to do (--all repeats the steps)"
  exit 0
fi
[[ "$dry_run" == false ]] || exit 0
require_tools "${todo[@]}"
if [[ "$yes" == false ]]; then
  read -r -p "Go ahead? [y/N] " answer || answer=""
  [[ "$answer" =~ ^[yY] ]] || fail 1 "not confirmed: nothing was changed"
fi

for step in "${todo[@]}"; do
  echo "==> $step"
  "run_$step"
  note_done "$step"
done
step=""
echo
echo "Done. docs/azure.md says how to send a first event and what to watch"
