// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest'
import StatusForm from '../../../src/client/people/StatusForm.vue'
import { hourMs, minuteMs } from '../../../src/shared/durations.ts'
import type { Status } from '../../../src/shared/protocol/types.ts'
import { DialogFixture } from '../support/dialog-fixture.ts'
import { li } from '../support/fakes.ts'

beforeEach(() => document.body.replaceChildren())

async function saved(status: Status, chosen?: string) {
  const fixture = new DialogFixture()
  fixture.chat.statuses.learn(li.id, status)
  const form = fixture.show(StatusForm)
  const select = form.wrapper.get('select')
  const first = select.get('option').text()
  if (chosen) await select.setValue(chosen)
  await form.press('Save')
  return { first, forMs: fixture.sent('status')?.forMs as number | undefined }
}

describe('status form', () => {
  it('keeps the end of the status that is edited, unless another is chosen', async () => {
    const status = { text: 'Away', until: Date.now() + hourMs }
    const { first, forMs = 0 } = await saved(status)
    expect(first).toMatch(/^No change \(.+\)$/)
    expect(forMs).toBeGreaterThan(hourMs - minuteMs)
    expect(forMs).toBeLessThanOrEqual(hourMs)
    expect((await saved(status, 'never')).forMs).toBeUndefined()
  })

  it('lets a status stay that has no end', async () => {
    expect(await saved({ text: 'Away' })).toEqual({ first: 'Stays until I change it', forMs: undefined })
  })
})
