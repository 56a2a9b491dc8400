import type { Controller } from '../../src/server/http/app-context.ts'

export default {
  async 'GET /metrics'(ctx, { metrics }) {
    const answer = await metrics?.answer(ctx.req)
    if (!answer) return ctx.throw(404)
    ctx.set('Cache-Control', 'no-store')
    ctx.set('Content-Type', answer.type)
    ctx.body = answer.text
  },
} satisfies Controller
