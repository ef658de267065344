import type { Namespace } from '../engine/pod.ts'
import { namesOnDisk } from './names-on-disk.ts'
import type { ProfileText, WhatIf } from './protocol.ts'
import { asUsual, base64 } from './share.ts'

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

/**
 * A script for a shell that prints the same result. It writes its files into a new directory. People paste it into a
 * terminal, and the texts may come from a link of a stranger: so no text can end its quotes, and no character is left that
 * a terminal takes for a key.
 */
export function commandFor({ manifest, whatIf, flags, profiles, namespaces }: Commanded): string {
  const { kubernetesVersion, namespace, namespaceLabels, namespaceAnnotations } = whatIf
  const labelled = Object.keys({ ...namespaceLabels, ...namespaceAnnotations }).length > 0
  const names = namesOnDisk(profiles.map(({ file }) => file))
  const files = [
    ...profiles.map(({ text }, i) => ({ file: `profiles/${names[i]}`, text })),
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
    ...files.map(({ file, text }) => fed(text, document => `cat ${document} >${quoted(file)}`)),
    fed(manifest, document => `${words.join(' ')} ${document}`),
  ].join('\n')
}

function namespacesText(namespaces: readonly Namespace[]): string {
  const byName = new Map(namespaces.map(metadata => [metadata.name, metadata]))
  const objects = [...byName.values()].map(metadata => ({ apiVersion: 'v1', kind: 'Namespace', metadata }))
  return objects.map(object => JSON.stringify(object, null, 2)).join('\n---\n')
}

/** A command that reads a text. `command` has a place for `<<`, which begins the text. */
function fed(text: string, command: (document: string) => string): string {
  if (!keys.test(text)) return hereDocument(command, text)
  const lines = base64(new TextEncoder().encode(text)).replace(/.{76}/g, '$&\n')
  return hereDocument(document => `base64 -d ${document} | ${command('').replaceAll('  ', ' ')}`, lines)
}

function hereDocument(command: (document: string) => string, text: string): string {
  // A line of the text must not end it.
  let end = 'YAML'
  const lines = new Set(text.split('\n'))
  while (lines.has(end)) end += '_'
  return `${command(`<<'${end}'`)}\n${text.endsWith('\n') || text === '' ? text : `${text}\n`}${end}\n`
}

function quoted(word: string): string {
  return /^[A-Za-z0-9._/:@-]+$/.test(word)
    ? word
    : `'${Array.from(word, each => (keys.test(each) ? '\ufffd' : each))
        .join('')
        .replaceAll("'", `'\\''`)}'`
}

// Control characters: a terminal takes some for keys such as Ctrl-C or Enter. Marks of the writing direction: people would
// see another text than the one that they paste. A tab only indents.
const keys = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u
