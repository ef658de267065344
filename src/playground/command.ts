import type { Namespace } from '../engine/pod.ts'
import type { ProfileText, WhatIf } from './protocol.ts'
import { asUsual } from './share.ts'

/** What a command is made of. */
export interface Commanded {
  readonly manifest: string
  readonly whatIf: WhatIf
  /** How the command gets the profiles that the page came with: `--profiles catalog`. */
  readonly flags: readonly string[]
  /** The profiles that were read for the answer, if one of them differs from what the page came with. */
  readonly profiles: readonly ProfileText[]
  /** Namespaces of the workloads, as they are for the answer. */
  readonly namespaces: readonly Namespace[]
}

/** A script for a shell that prints the same result. It writes its files into a new directory. */
export function commandFor({ manifest, whatIf, flags, profiles, namespaces }: Commanded): string {
  const { kubernetesVersion, namespace, namespaceLabels, namespaceAnnotations } = whatIf
  const labelled = Object.keys({ ...namespaceLabels, ...namespaceAnnotations }).length > 0
  const files = [
    ...profiles.map(({ file, text }) => ({ file: `profiles/${file.replaceAll('/', '-')}`, text })),
    ...(labelled ? [{ file: 'namespaces.yaml', text: namespacesText(namespaces) }] : []),
  ]
  const words = [
    'pillion inject -f -',
    ...(profiles.length > 0 ? ['--profiles profiles'] : flags.map(quoted)),
    ...(labelled ? ['--namespace-manifest namespaces.yaml'] : []),
    ...(namespace === asUsual.namespace ? [] : [`--namespace ${quoted(namespace)}`]),
    `--kubernetes-version ${quoted(kubernetesVersion)}`,
  ]
  return [
    ...(files.length > 0 ? ['cd "$(mktemp -d)"'] : []),
    ...(profiles.length > 0 ? ['mkdir profiles'] : []),
    ...files.map(({ file, text }) => hereDocument(`cat >${quoted(file)}`, text)),
    hereDocument(words.join(' '), manifest),
  ].join('\n')
}

function namespacesText(namespaces: readonly Namespace[]): string {
  const byName = new Map(namespaces.map(metadata => [metadata.name, metadata]))
  const objects = [...byName.values()].map(metadata => ({ apiVersion: 'v1', kind: 'Namespace', metadata }))
  return objects.map(object => JSON.stringify(object, null, 2)).join('\n---\n')
}

function hereDocument(command: string, text: string): string {
  // A line of the text must not end it.
  let end = 'YAML'
  while (text.split('\n').includes(end)) end += '_'
  return `${command} <<'${end}'\n${text.endsWith('\n') || text === '' ? text : `${text}\n`}${end}\n`
}

function quoted(word: string): string {
  return /^[A-Za-z0-9._/:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
