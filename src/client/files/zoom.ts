/** Zooming into an image, and moving it with the pointer; a swipe of an image in its own size goes to the next. */
import { computed, ref } from 'vue'

const maxScale = 8
/** A shorter movement is a tap. */
const tapPx = 8
const swipePx = 60

interface Point {
  x: number
  y: number
}

/** @param swiped +1 for the next image, -1 for the one before */
export function useZoom(swiped: (by: 1 | -1) => void) {
  const { scale, offset, zoomTo } = useScale()
  const pointers = new Map<number, Point>()
  const isMoving = ref(false)
  let start: Point = { x: 0, y: 0 }
  /** Distance and scale when two fingers touched the screen. */
  let pinched: { distance: number; scale: number } | undefined

  function down(event: PointerEvent) {
    ;(event.currentTarget as Element).setPointerCapture?.(event.pointerId)
    const point = { x: event.clientX, y: event.clientY }
    pointers.set(event.pointerId, point)
    if (pointers.size === 1) start = point
    if (pointers.size === 2) pinched = { distance: spread(pointers), scale: scale.value }
    isMoving.value = true
  }

  function move(event: PointerEvent) {
    const before = pointers.get(event.pointerId)
    if (!before) return
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    if (pinched && pointers.size === 2) return zoomTo((pinched.scale * spread(pointers)) / pinched.distance)
    if (pinched) return
    const { x, y } = offset.value
    const isZoomed = scale.value > 1
    offset.value = { x: x + event.clientX - before.x, y: isZoomed ? y + event.clientY - before.y : 0 }
  }

  function up(event: PointerEvent) {
    if (!pointers.delete(event.pointerId) || pointers.size) return
    isMoving.value = false
    const wasPinched = pinched !== undefined
    pinched = undefined
    if (scale.value > 1) return
    offset.value = { x: 0, y: 0 }
    const by = event.clientX - start.x
    if (!wasPinched && event.type === 'pointerup' && Math.abs(by) > swipePx) swiped(by < 0 ? 1 : -1)
  }

  function toggle(event: MouseEvent) {
    if (Math.hypot(event.clientX - start.x, event.clientY - start.y) < tapPx) zoomTo(scale.value > 1 ? 1 : 2.5)
  }

  return {
    scale,
    isZoomed: computed(() => scale.value > 1),
    isMoving,
    transform: computed(() => `translate(${offset.value.x}px, ${offset.value.y}px) scale(${scale.value})`),
    zoomTo,
    reset: () => zoomTo(1),
    down,
    move,
    up,
    toggle,
  }
}

function useScale() {
  const scale = ref(1)
  const offset = ref<Point>({ x: 0, y: 0 })
  function zoomTo(next: number) {
    scale.value = Math.min(maxScale, Math.max(1, next))
    if (scale.value === 1) offset.value = { x: 0, y: 0 }
  }
  return { scale, offset, zoomTo }
}

function spread(pointers: ReadonlyMap<number, Point>): number {
  const [a = { x: 0, y: 0 }, b = a] = [...pointers.values()]
  return Math.max(1, Math.hypot(a.x - b.x, a.y - b.y))
}
