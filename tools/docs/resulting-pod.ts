import { Document, isMap, isNode, isScalar, isSeq, type Node, visit } from 'yaml'
import type { InjectedNames } from '../../src/engine/decision.ts'
import { annotation, type Metadata, type Pod } from '../../src/engine/pod.ts'
import { isObject, type Json } from '../../src/json/json.ts'

/**
 * A Pod as YAML for readers: injected fields have a comment, long texts are cut, and the status annotation is left out.
 * `before` is the metadata that the author wrote.
 */
export function resultingPod(pod: Pod, injected: InjectedNames, before: Metadata = {}): string {
  const document = new Document(withoutStatus(cut(pod) as Pod), { aliasDuplicateObjects: false })
  visit(document, {
    Pair: (_, { key, value }) => {
      if (isScalar(key) && key.value === 'metadata') return visit.SKIP
      if (isNode(value)) flow(value)
    },
    Seq: (_, { items }) => void items.filter(isNode).forEach(flow),
  })
  for (const node of [...itemsOf(document, injected), ...newMembers(document, before)]) mark(node)
  return document.toString({ lineWidth: 0 }).trimEnd()
}

/** In characters: the width of a line, the longest text that is shown whole, and how much of a longer one is shown. */
const [fitting, longest, start] = [80, 200, 110]
/** In lines: the longest text that is shown whole, and how much of a longer one is shown. */
const [mostLines, firstLines] = [10, 4]

function cut(value: Json): Json {
  if (Array.isArray(value)) return value.map(cut)
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, cut(member ?? null)]))
  }
  return typeof value === 'string' ? cutText(value) : value
}

function cutText(text: string): string {
  const lines = text.trimEnd().split('\n')
  const kept = lines.length > mostLines ? lines.slice(0, firstLines) : lines
  const shown = kept.map(line =>
    line.length > longest
      ? `${line.slice(0, start)} … ${(line.length - start).toLocaleString('en')} more characters`
      : line,
  )
  if (kept.length < lines.length) shown.push(`# … ${lines.length - kept.length} more lines`)
  return shown.join('\n') + (text.endsWith('\n') ? '\n' : '')
}

function withoutStatus({ metadata = {}, ...pod }: Pod): Json {
  const { [annotation.status]: _, ...annotations } = metadata.annotations ?? {}
  const { apiVersion = 'v1', kind = 'Pod', ...rest } = pod
  return { apiVersion, kind, metadata: { ...metadata, annotations }, ...rest }
}

/** Puts a small map or list on one line, except containers and lists of maps or lists. */
function flow(node: Node): void {
  if (!(isMap(node) && !node.has('image')) && !isSeq(node)) return
  if (isSeq(node) && !node.items.every(isScalar)) return
  const text = JSON.stringify(node)
  if (text.replaceAll('"', '').length <= fitting && !text.includes('\\n')) node.flow = true
}

/** The items of the Pod's lists that were injected. */
function itemsOf(document: Document, injected: InjectedNames): readonly Node[] {
  const { app = {}, initContainers, containers, volumes } = injected
  const itemsIn = (list: unknown, names: readonly string[] = [], key = 'name') =>
    isSeq(list) ? list.items.filter(isMap).filter(item => names.includes(String(item.get(key)))) : []
  const inApp = Object.entries(app).flatMap(([name, { env, volumeMounts }]) =>
    itemsIn(document.getIn(['spec', 'containers']), [name]).flatMap(container => [
      ...itemsIn(container.get('env'), env),
      ...itemsIn(container.get('volumeMounts'), volumeMounts, 'mountPath'),
    ]),
  )
  return [
    ...itemsIn(document.getIn(['spec', 'initContainers']), initContainers),
    ...itemsIn(document.getIn(['spec', 'containers']), containers),
    ...itemsIn(document.getIn(['spec', 'volumes']), volumes),
    ...inApp,
  ]
}

/** Labels and annotations that the author did not write. */
function newMembers(document: Document, before: Metadata): readonly Node[] {
  return (['labels', 'annotations'] as const).flatMap(field => {
    const members = document.getIn(['metadata', field])
    if (!isMap(members)) return []
    const added = members.items.filter(({ key }) => before[field]?.[String(key)] === undefined)
    return added.map(({ value }) => value).filter(isNode)
  })
}

function mark(node: Node): void {
  const isOnOneLine = isScalar(node) || ((isMap(node) || isSeq(node)) && node.flow)
  if (isOnOneLine) node.comment = ' injected'
  else node.commentBefore = ' injected'
}
