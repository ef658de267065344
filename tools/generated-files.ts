import { basename, join, relative } from 'node:path'
import { stringify } from 'yaml'
import { describe } from '../src/problems/problem.ts'
import { customResourceDefinition } from '../src/profile/schema/crd.ts'
import type { Kind } from '../src/profile/schema/schema.ts'
import { readProfiles } from '../src/server/profile-directory.ts'
import { chartFiles } from './chart/files.ts'
import { limitsPage } from './docs/limits-page.ts'
import { catalogPages } from './docs/pages.ts'
import type { Generated } from './files.ts'

/** Everything that `npm run generate` writes but deploy/, which Helm renders from these files: `manifests`. */
export async function generated(root: string): Promise<Generated> {
  const catalog = await readProfiles(join(root, 'catalog'))
  if (catalog.problems.length > 0) {
    const problems = catalog.problems.map(each =>
      describe({ ...each, file: relative(root, each.file ?? '') }),
    )
    return { files: {}, pages: {}, problems }
  }
  const chart = chartFiles(root)
  const docs = catalogPages(root, catalog.profiles)
  const files = {
    'catalog/Kustomization': kustomization([...catalog.byFile.keys()].map(file => basename(file))),
    [`${definitions}/clustersidecarprofiles.yaml`]: definition('ClusterSidecarProfile'),
    [`${definitions}/sidecarprofiles.yaml`]: definition('SidecarProfile'),
    ...chart.files,
    ...limitsPage(),
    ...docs.files,
  }
  return { files, pages: { ...chart.pages, ...docs.pages }, problems: docs.problems }
}

const definitions = 'charts/pillion/charts/crds/crds'

function definition(kind: Kind): string {
  const text = stringify(customResourceDefinition(kind), { aliasDuplicateObjects: false, lineWidth: 0 })
  return `# Made by tools/generate.ts from src/profile/schema/schema.ts.\n${text}`
}

function kustomization(resources: readonly string[]): string {
  const text = stringify({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: resources.toSorted(),
  })
  return `# Made by tools/generate.ts, for \`kubectl apply -k catalog/\`. It has this name, which kustomize also takes, because a .yaml
# file in this directory would be read as a profile.
${text}`
}
