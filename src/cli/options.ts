import { Command, InvalidArgumentError, Option } from 'commander'
import type { ExitCode, Io } from './io.ts'

/** A command, by the file that holds it. Its action imports what it needs when it runs. */
export type CommandFile = (io: Io, end: (code: ExitCode) => void) => Command

/** `--profiles` and `--kubernetes-version` and the rest, for the commands that decide about manifests. */
export function decidingCommand(name: string): Command {
  return deciding(manifestCommand(name))
}

/** Adds them to a command of any kind. */
export function deciding(command: Command): Command {
  return command
    .option('--with <profiles>', 'ask for these profiles on behalf of what asks for none itself')
    .option('--profiles <directory>', 'the profiles to inject (default: the catalog)')
    .option('--namespace-manifest <file>', 'Namespaces, whose labels and annotations count', collect, [])
    .option('-n, --namespace <name>', 'the namespace of manifests that name none', 'default')
    .option('--kubernetes-version <version>', 'native sidecars exist from 1.29 on', kubernetesVersion, '1.34')
}

export function manifestCommand(name: string): Command {
  return new Command(name).addOption(filename().makeOptionMandatory())
}

export function filename(): Option {
  const description = 'a manifest, a directory of them, or - for the standard input; may be repeated'
  return new Option('-f, --filename <file>', description).argParser(collect)
}

export interface DecidingFlags {
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
  if (!/^v?\d+\.\d+/.test(value)) throw new InvalidArgumentError('A version such as 1.34 is wanted.')
  return value
}
