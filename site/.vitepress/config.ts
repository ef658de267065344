import { existsSync, readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'

interface Entry {
  readonly text: string
  readonly link?: string
  readonly items?: readonly Entry[]
}

// tools/site.ts writes both from the documents of the repository.
const navigation: Entry[] = JSON.parse(
  readFileSync(new URL('../content/navigation.json', import.meta.url), 'utf8'),
)

// The path below which the site is served, with a slash at both ends.
const base = process.env['SITE_BASE'] ?? '/'

export default defineConfig({
  title: 'Pillion',
  description: 'A Kubernetes sidecar injector: one annotation on a Pod adds its sidecars.',
  lang: 'en',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}icon.svg` }]],
  srcDir: 'content',
  outDir: 'dist',
  cacheDir: '.vitepress/.cache',
  base,
  // The esbuild that package.json asks for does not compile to older browsers.
  vite: { build: { target: 'es2022', chunkSizeWarningLimit: 2000 } },
  markdown: {
    anchor: { slugify: anchorOf },
    config: ({ renderer: { rules } }) => {
      const inline = rules.code_inline
      // Otherwise Vue evaluates `{{ … }}` in it.
      if (inline) rules.code_inline = (...given) => inline(...given).replace('<code', '<code v-pre')
    },
  },
  themeConfig: {
    logo: '/icon.svg',
    nav: [
      ...(existsSync(new URL('../content/public/playground/', import.meta.url))
        ? [{ text: 'Playground', link: '/playground/', target: '_self' }]
        : []),
      { text: 'Documentation', link: '/docs/' },
      { text: 'Catalog', link: '/docs/catalog/' },
      { text: 'Comparison', link: '/docs/comparison' },
    ],
    sidebar: navigation.map(asSidebar),
    outline: [2, 3],
    externalLinkIcon: true,
    search: {
      provider: 'local',
      options: {
        // Without these words, "how do I opt out" finds the section "Opt out". VitePress copies the function into the page, so it
        // refers to nothing outside.
        miniSearch: {
          options: {
            processTerm: (term: string) => {
              const word = term.toLowerCase()
              const common =
                'a an and are can do does for how i in is it my of on or that the there to what when which why with you'
              return common.split(' ').includes(word) ? null : word
            },
          },
        },
        _render: (source, env, markdown) => {
          const html = markdown.render(source, env)
          return env.frontmatter?.search === false ? '' : html
        },
      },
    },
  },
})

function asSidebar({ text, link, items }: Entry): object {
  if (!items) return { text, link }
  return { text, collapsed: true, items: items.map(asSidebar) }
}

/** As GitHub makes an anchor of a heading: the documents link to these. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')
}
