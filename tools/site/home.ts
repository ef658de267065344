import { stringify } from 'yaml'
import { titleOf } from './prose.ts'

/** The first page of the site: the README, with its title and its first paragraph as a banner. */
export function home(readme: string, hasPlayground: boolean): string {
  const [, tagline = '', ...rest] = readme.split('\n\n')
  const playground = { theme: 'brand', text: 'Open the playground', link: '/playground/', target: '_self' }
  const documentation = { text: 'Documentation', link: '/docs/' }
  const banner = {
    layout: 'home',
    hero: {
      name: titleOf(readme),
      text: 'Sidecars by one annotation',
      tagline: tagline.replaceAll('\n', ' '),
      actions: hasPlayground
        ? [playground, { theme: 'alt', ...documentation }]
        : [{ theme: 'brand', ...documentation }],
    },
  }
  return `---\n${stringify(banner)}---\n\n${rest.join('\n\n')}`
}
