import type { Controller } from '../src/server/http/app-context.ts'
import { programName } from '../src/shared/server-settings.ts'

const icons = [
  { src: '/static/images/icon-192.png', type: 'image/png', sizes: '192x192' },
  { src: '/static/images/icon-512.png', type: 'image/png', sizes: '512x512' },
  { src: '/static/images/icon-maskable.png', type: 'image/png', sizes: '512x512', purpose: 'maskable' },
]

export default {
  /** What an installed page is called, and how it looks. */
  'GET /manifest.webmanifest'(ctx, { settings }) {
    const { name } = settings.now
    ctx.type = 'application/manifest+json; charset=utf-8'
    ctx.body = JSON.stringify({
      id: '/',
      name: name || `${programName} 茶馆`,
      short_name: name || programName,
      start_url: '/',
      scope: '/',
      display: 'standalone',
      background_color: '#faf7f0',
      theme_color: '#faf7f0',
      icons,
      share_target: {
        action: '/share',
        method: 'POST',
        enctype: 'multipart/form-data',
        params: { title: 'title', text: 'text', url: 'url', files: [{ name: 'files', accept: ['*/*'] }] },
      },
    })
  },
} satisfies Controller
