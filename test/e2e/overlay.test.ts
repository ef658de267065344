import { expect, inject, it } from 'vitest'
import { kubectlOf } from './kubectl.ts'

it('the API server accepts what deploy/overlays/development makes of the installation', async () => {
  const kubectl = kubectlOf(inject('kubeconfig'))
  const changed = await kubectl(['apply', '-k', 'deploy/overlays/development', '--dry-run=server'])
  expect(changed).toMatch(/^deployment\.apps\/pillion configured \(server dry run\)$/m)
  expect(changed).not.toContain('poddisruptionbudget')
})
