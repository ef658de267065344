import { Command, InvalidArgumentError, Option } from 'commander'
import type { ExitCode, Io } from './io.ts'

/** Defines a command with its options. Its action loads the `run.ts` beside it, so that `--help` loads no more than this. */
export type DefineCommand = (io: Io, end: (code: ExitCode) => void) => Command

/** A command that reads manifests, and decides about their Pods like the webhook. */
export function decisionCommand(name: string): Command {
  return withDecisionOptions(manifestCommand(name))
}

export function withDecisionOptions(command: Command): Command {
  return command
    .option('--with <profiles>', 'profiles for workloads that request none themselves')
    .addOption(profilesOption('the catalog'))
    .option(
      '--namespace-manifest <file>',
      'manifest of Namespaces, for their labels and annotations',
      collect,
      [],
    )
    .option('-n, --namespace <name>', 'namespace of manifests that name none', 'default')
    .option('--kubernetes-version <version>', 'native sidecars need 1.29 or later', kubernetesVersion, '1.34')
}

export function manifestCommand(name: string): Command {
  return new Command(name).addOption(filenameOption().makeOptionMandatory())
}

export function filenameOption(): Option {
  const description = 'manifest, directory of manifests, or - for stdin; may be repeated'
  return new Option('-f, --filename <file>', description).argParser(collect)
}

/** A command about an installation, in the cluster of the kubeconfig or, in a Pod, of the Pod. */
export function installationCommand(name: string): Command {
  return new Command(name)
    .addOption(installationOption())
    .option(
      '-n, --namespace <name>',
      'namespace of the installation (default: that of the Service of its webhooks)',
    )
    .addOption(contextOption())
}

export function installationOption(): Option {
  return new Option('--name <name>', 'name of the installation').default('pillion')
}

export function contextOption(): Option {
  return new Option('--context <name>', 'context of the kubeconfig (default: the current one)')
}

export function profilesOption(fallback: string): Option {
  return new Option('--profiles <directory>', `directory of profiles (default: ${fallback})`)
}

export function outputOption(first: string, ...others: readonly string[]): Option {
  return new Option('-o, --output <format>', 'output format').choices([first, ...others]).default(first)
}

export interface DecisionFlags {
  readonly filename: readonly string[]
  readonly with?: string
  readonly profiles?: string
  readonly namespaceManifest: readonly string[]
  readonly namespace: string
  readonly kubernetesVersion: string
}

function collect(value: string, all: readonly string[] = []): readonly string[] {
  return [...all, value]
}

function kubernetesVersion(value: string): string {
  if (!/^v?\d+\.\d+/.test(value)) throw new InvalidArgumentError('It must be a version, for example 1.34.')
  return value
}
