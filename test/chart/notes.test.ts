import { expect, it } from 'vitest'
import { chart, describeWithHelm, helm } from './helm.ts'

describeWithHelm('the notes of the chart', () => {
  const notes = async (...flags: readonly string[]) => {
    const { out } = await helm(['install', 'pillion', chart, '-n', 'pillion', '--dry-run=client', ...flags])
    return out.split(/^NOTES:$/m)[1] ?? ''
  }

  it('say that the image must be built, while no registry is given', async () => {
    expect(await notes()).toMatch(
      /^No registry has the image pillion:\S+, because there is no release yet\./m,
    )
    expect(await notes('--set=image.registry=registry.example.com')).not.toContain('No registry')
  })
})
