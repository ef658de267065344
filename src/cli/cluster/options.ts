import { InvalidArgumentError, Option } from 'commander'
import type { ClusterChoice } from '../../cluster/api/access-source.ts'

/** The options of every command that reads a cluster. */
export interface ClusterFlags extends ClusterChoice {
  /** In milliseconds; 0 is no limit. */
  readonly requestTimeout?: number
}

/** Which cluster, and as whom, as in kubectl. In a Pod without a kubeconfig, it is the cluster of the Pod. */
export function clusterOptions(): readonly Option[] {
  return [
    new Option('--kubeconfig <file>', 'path of the kubeconfig (default: KUBECONFIG, else ~/.kube/config)'),
    new Option('--context <name>', 'name of the kubeconfig context to use (default: the current context)'),
    new Option('--as <user>', 'user to impersonate, for example system:serviceaccount:NAMESPACE:NAME'),
    new Option('--as-group <group>', 'group to impersonate; may be repeated').argParser(collect),
    new Option(
      '--request-timeout <duration>',
      'time limit of one request, for example 5s or 1m; 0 is no limit (default: 30s)',
    ).argParser(durationMs),
  ]
}

/** The namespace of the workload, which is what `-n` means in every command. */
export function namespaceOption(description = "namespace of the workload (default: the context's)"): Option {
  return new Option('-n, --namespace <name>', description)
}

/** Which installation of Pillion. */
export function installationOptions(): readonly Option[] {
  return [
    new Option('--name <name>', 'name of the installation (default: found by its labels, else pillion)'),
    new Option(
      '--installation-namespace <name>',
      'namespace of the installation (default: that of the Service of its webhooks)',
    ),
  ]
}

/** Collects the values of an option that may be repeated. */
export function collect(value: string, all: readonly string[] = []): readonly string[] {
  return [...all, value]
}

/** Whether an option may be repeated. */
export function isRepeatable({ parseArg }: Option): boolean {
  return parseArg === (collect as Option['parseArg'])
}

/** A duration as in kubectl's option: a number with a unit, or a number of seconds. */
export function durationMs(value: string): number {
  const [, number, unit = 's'] = /^(\d{1,6})(ms|s|m|h)?$/.exec(value) ?? []
  const factor = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[unit]
  if (number === undefined || factor === undefined)
    throw new InvalidArgumentError('It must be a duration, for example 500ms, 5s or 1m.')
  return Number(number) * factor
}
