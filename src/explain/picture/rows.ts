import { bounded } from './bounded.ts'
import type { PicturedContainer, PodPicture } from './pod-picture.ts'

/** A row of a container's box: what it shares, and with what. */
export interface Row {
  readonly label: string
  /** Below the label. */
  readonly note: string
  readonly line: 'mount' | 'read-only mount' | 'listens' | 'calls' | 'none'
  /** Rows with the same end share one line. */
  readonly to: string
  readonly isInjected: boolean
}

/** Where lines end: a volume, a port of localhost, or somebody outside. */
export interface End {
  readonly kind: 'volume' | 'port' | 'outside'
  readonly name: string
  readonly note: string
  readonly isInjected: boolean
}

/** The rows that a picture has room for, by container, and the ends of their lines. */
export interface Rows {
  of(container: PicturedContainer): { readonly shown: readonly Row[]; readonly hidden: number }
  end(to: string): End
}

/** Of a container, and of all together. Many more would make a picture that nobody reads. */
const [mostRows, mostOfAll] = [8, 72]

/** `shown` is the number of containers that have a box. */
export function rowsOf({ containers, volumes }: PodPicture, shown: number): Rows {
  const ends = new Map<string, End>(
    volumes.map(({ name, source, profile }) => [
      `volume ${name}`,
      { kind: 'volume', name, note: source, isInjected: profile !== undefined },
    ]),
  )
  const all = new Map(containers.map(container => [container, everyRowOf(container)]))
  const uses = new Map<string, number>()
  for (const row of [...all.values()].flat()) {
    uses.set(row.to, (uses.get(row.to) ?? 0) + 1)
    if (row.line === 'listens' || row.line === 'calls') {
      const isInjected = row.isInjected || ends.get(row.to)?.isInjected === true
      const at = row.to.indexOf(' ')
      const [name = '', ...others] = row.to.slice(at + 1).split('\n')
      const kind = row.to.slice(0, at) as End['kind']
      ends.set(row.to, { kind, name, note: others.join(', '), isInjected })
    }
  }
  const most = Math.max(2, Math.min(mostRows, Math.floor(mostOfAll / shown)))
  const isImportant = ({ isInjected, to }: Row) => isInjected || (uses.get(to) ?? 0) > 1
  return {
    of: container => bounded(all.get(container)!, most, isImportant),
    end: to =>
      ends.get(to) ?? { kind: 'volume', name: to.replace('volume ', ''), note: 'missing', isInjected: false },
  }
}

function everyRowOf({ mounts, ports, calls, profile: own }: PicturedContainer): readonly Row[] {
  return [
    ...mounts.map(
      ({ path, volume, isReadOnly, profile }): Row => ({
        label: path,
        note: isReadOnly ? 'read-only' : '',
        line: isReadOnly ? 'read-only mount' : 'mount',
        to: `volume ${volume}`,
        isInjected: profile !== undefined,
      }),
    ),
    ...ports.map(({ port, isCalled, outside }): Row => {
      const row = { label: `port ${port}`, note: '', isInjected: own !== undefined }
      if (isCalled)
        return {
          ...row,
          note: outside.length === 0 ? '' : `also ${outside.join(', ')}`,
          line: 'listens',
          to: `port localhost:${port}`,
        }
      if (outside.length === 0) return { ...row, line: 'none', to: '' }
      return { ...row, line: 'listens', to: `outside ${outside.join('\n')}` }
    }),
    ...calls.map(
      ({ port, by: [first = '', ...others], profile }): Row => ({
        label: others.length === 0 ? first : `${first}, …`,
        note: '',
        line: 'calls',
        to: `port localhost:${port}`,
        isInjected: profile !== undefined,
      }),
    ),
  ]
}
