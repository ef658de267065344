import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse, stringify } from 'yaml'
import { tokenRules } from '../../src/cli/checks/token-rules.ts'
import { type CatalogProfile, catalogValues } from './catalog-values.ts'
import { dashboard } from './dashboard.ts'
import { values } from './values.ts'
import { valuesSchema, valuesTable, valuesYaml } from './values-files.ts'

/** The generated files of charts/pillion, by their paths below the root. */
export function chartFiles(root: string): Readonly<Record<string, string>> {
  const catalog = globSync('catalog/*.yaml', { cwd: root })
    .sort()
    .map(file => ({ file: basename(file), text: readFileSync(join(root, file), 'utf8') }))
  const all = { ...values, catalog: catalogValues(catalog.map(({ text }) => parse(text) as CatalogProfile)) }
  const readme = readFileSync(join(root, `${chart}/README.md`), 'utf8')
  return {
    [`${chart}/values.yaml`]: `# Made by tools/generate.ts from tools/chart/values.ts and catalog/.\n\n${valuesYaml(all)}`,
    [`${chart}/values.schema.json`]: json(valuesSchema(all)),
    [`${chart}/README.md`]: withTable(readme, valuesTable(all)),
    [`${chart}/dashboard.json`]: json(dashboard()),
    [`${chart}/token-rules.yaml`]: stringify(tokenRules, { lineWidth: 110 }),
    ...Object.fromEntries(catalog.map(({ file, text }) => [`${chart}/catalog/${file}`, text])),
  }
}

const chart = 'charts/pillion'

/** With what stands between the two marks replaced by the table. */
function withTable(readme: string, table: string): string {
  const [before = '', , after = ''] = readme.split(/(<!-- values -->[\s\S]*<!-- \/values -->)/)
  return `${before}<!-- values -->\n\n${table}\n\n<!-- /values -->${after}`
}

/** As the formatter of the repository has it: a list of words on one line where it fits. */
function json(value: object): string {
  const text = JSON.stringify(value, null, 2).replaceAll(
    /^(.*)\[\n([^[\]{}]*)\n *\](,?)$/gm,
    (whole, before: string, items: string, comma: string) => {
      const line = `${before}[${items.trim().replaceAll(/,\n +/g, ', ')}]${comma}`
      return line.length <= 110 ? line : whole
    },
  )
  return `${text}\n`
}
