import type { Json } from '../../json/json.ts'
import { podRows } from '../../profile/places.ts'
import type { InjectedNames } from '../decision.ts'
import type { Ledger } from '../plan/draft.ts'
import type { Planned } from '../plan/plan.ts'
import { emptyPlaces } from './empty-places.ts'
import type { Status } from './status.ts'

/** The status of a Pod that gets what is planned. */
export function statusFor({ draft, injections, defaultContainer }: Planned): Status {
  const empty = emptyPlaces(draft)
  return {
    profiles: Object.fromEntries(
      injections.map(({ profile: { name, revision } }) => [
        name,
        injectedOf(revision, draft.ledgers.get(name)!),
      ]),
    ),
    ...(defaultContainer !== undefined && { defaultContainer: true }),
    ...(empty.length > 0 && { empty }),
  }
}

function injectedOf(revision: string, { entries }: Ledger): InjectedNames {
  const entriesAt = Map.groupBy(entries.values(), ({ path }) => path.join('\n'))
  const injected: { [member: string]: Json } = { revision }
  const app: { [container: string]: { [list: string]: string[] } } = {}
  for (const group of entriesAt.values()) {
    const [field = '', container = '', list = ''] = group[0]?.path ?? []
    const names = group.map(({ name }) => name)
    if (field === 'app') app[container] = { ...app[container], [list]: names }
    else injected[field] = group[0]?.before ?? (hasOneValue.has(field) ? true : names)
  }
  return { ...injected, ...(Object.keys(app).length > 0 && { app }) } as InjectedNames
}

const hasOneValue: ReadonlySet<string> = new Set(
  podRows.flatMap(([field, { kind }]) => (kind === 'map' || kind === 'list' ? [] : [field])),
)
