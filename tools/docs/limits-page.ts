import { type Limit, limitRows } from '../../src/profile/limits.ts'

/** docs/limits.md, generated from the table in src/profile/limits.ts. */
export function limitsPage(): Readonly<Record<string, string>> {
  const sections = groups.map(({ from, title, about }, i) => {
    const rows = limitRows.slice(rowOf(from), i + 1 < groups.length ? rowOf(groups[i + 1]!.from) : undefined)
    return `## ${title}\n\n${about}\n\n${table(rows)}`
  })
  return { 'docs/limits.md': `${introduction}\n\n${sections.join('\n\n')}\n` }
}

const introduction = `<!-- Made by tools/generate.ts from src/profile/limits.ts and tools/docs/limits-page.ts. -->

# Limits

Everything that a user can make larger has a limit. Pillion checks the size before it does the work, so that no Pod and no
profile can stop a replica. All limits are in one table,
[src/profile/limits.ts](../src/profile/limits.ts). This page is generated from it.
[Decision 21](decisions/0021-limits-and-one-budget.md) says how the numbers were chosen.

Work is counted in units and not timed, so that every replica decides the same, however busy it is. One unit is about 50 ns.`

interface Group {
  /** The first limit of the group; the others follow it in the table. */
  readonly from: Limit
  readonly title: string
  readonly about: string
}

const groups: readonly Group[] = [
  {
    from: 'profileBytes',
    title: 'A profile',
    about: `**Checked** by the CustomResourceDefinitions, as far as OpenAPI can say it (items, members, characters); by Pillion
when the API server stores a profile; by \`pillion validate\`; and by each replica when it reads the profile.

**Beyond it** the profile is not accepted: \`kubectl apply\` fails with the field, what it has, and the limit. A replica that
reads such a profile writes the same in the condition \`Accepted\` of its status. The last accepted revision stays in use if it is within the limits.
Make two profiles of it, or move a large configuration into a ConfigMap.`,
  },
  {
    from: 'podLength',
    title: 'A Pod that opts in',
    about: `**Checked** when the API server calls Pillion for a Pod that opts in, before its profiles are rendered; the sweep and
\`pillion inject\` check the same.

**Beyond it** the Pod is denied with the reason [LimitExceeded](reasons.md#limitexceeded). The message has the size and the
limit. These limits do not apply to Pods that do not opt in.`,
  },
  {
    from: 'yamlLength',
    title: 'A file',
    about: `**Checked** by the commands of \`pillion\` when they read manifests and profiles.

**Beyond it** the command prints the file, the line and the limit, and exits with 1.`,
  },
  {
    from: 'expressionUnits',
    title: 'Work',
    about: `**Checked** while the work is done: parsing an expression, compiling a regular expression, evaluating, matching and
rendering spend their units before they begin. So do the advice on a profile and the search for the nearest name.

**Beyond it** an expression is an error at its field. A profile that costs too much to compile is not accepted; the message has
the field at which the units were used up. A Pod whose profiles together cost too much is denied with
[LimitExceeded](reasons.md#limitexceeded).`,
  },
  {
    from: 'keptInstructions',
    title: 'What is kept in memory',
    about: `**Checked** whenever something is added to what a replica keeps.

**Beyond it** Pillion drops what it has not used for the longest time, and makes it again when it is needed. No decision changes.`,
  },
  {
    from: 'problems',
    title: 'Answers and statuses',
    about: `**Checked** when a message, a list of problems, a patch or the status of a profile is written.

**Beyond it** a text is cut and says how much is missing, a status is written later, and a Pod whose patch is too large is
denied with [LimitExceeded](reasons.md#limitexceeded).`,
  },
  {
    from: 'bodyBytes',
    title: 'Requests and connections',
    about: `**Checked** by a replica, if possible before it reads the body of a request.

**Beyond it** the request is refused with a status code and a sentence (400, 408, 413 or 503), or the connection is
closed. The metrics count both. Requests of other callers are not affected. [What happens under overload](admin.md#what-happens-under-overload) has the details.`,
  },
]

function rowOf(limit: Limit): number {
  return limitRows.findIndex(({ name }) => name === limit)
}

function table(rows: typeof limitRows): string {
  const lines = rows.map(
    ({ name, max, of, reason }) => `| \`${name}\` | ${max.toLocaleString('en-US')} | ${of} | ${reason} |`,
  )
  return ['| Limit | At most | Of | Why |', '|---|---:|---|---|', ...lines].join('\n')
}
