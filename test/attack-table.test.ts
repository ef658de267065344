import { describe, expect, it } from 'vitest'
import { attackTable, hostileValues, isExpanded, isMeant, leavesOf, unescaped } from './attack-table.ts'

const { attacks, denied } = attackTable()

describe('a hostile value in any parameter of the catalog', () => {
  it('is denied, or is one of many attacks', () => {
    process.stderr.write(
      `attack table: ${hostileValues.length} values, ${denied} denied, ${attacks.length} taken\n`,
    )
    expect(denied).toBeGreaterThan(1_000)
    expect(attacks.length).toBeGreaterThan(100)
  })

  it('changes strings of the Pod, and neither adds nor removes anything', () => {
    const changed = attacks.flatMap(attack => {
      const [before, after] = [leavesOf(attack.harmless), leavesOf(attack.attacked)]
      const paths = new Set([...before.keys(), ...after.keys()])
      const different = [...paths].filter(path => before.get(path) !== after.get(path))
      const known = new Set(attack.leaves.map(({ path }) => JSON.stringify(path)))
      return different.filter(path => !known.has(path)).map(path => ({ ...described(attack), path }))
    })
    expect(changed).toEqual([])
  })

  it('is in each of these strings exactly as the user wrote it', () => {
    const wrong = attacks.flatMap(attack =>
      attack.leaves.flatMap(leaf => {
        const read = isExpanded(leaf) ? unescaped(leaf.text) : leaf.text
        return isMeant(read, leaf) ? [] : [{ ...described(attack), path: leaf.path.join('.') }]
      }),
    )
    expect(wrong).toEqual([])
  })

  it('reaches commands, arguments, environment variables and mounts', () => {
    const fields = new Set(attacks.flatMap(({ leaves }) => leaves.map(({ path }) => path[3])))
    for (const field of ['command', 'args', 'env', 'volumeMounts']) expect(fields).toContain(field)
  })
})

function described({ profile, parameter, value }: (typeof attacks)[number]) {
  return { profile, parameter, value }
}
