/** Lets people choose the square of a picture, and sends that in place of the whole. Without it the server takes the middle. */
import '../../../static/css/files/crop.css'

/** As it is sent: twice what is shown. */
const sentPixels = 512
const maxZoom = 4
const stepPixels = 16

interface Crop {
  /** Position of the middle of the square, in parts of the image. */
  x: number
  y: number
  zoom: number
}

export function offerCrop(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLInputElement>('input[type=file]')
  const holder = form.querySelector<HTMLElement>('.picture-crop')
  if (!input || !holder) return
  const { canvas, slider, fault } = controlsIn(holder)
  let image: ImageBitmap | undefined
  let crop: Crop = { x: 0.5, y: 0.5, zoom: 1 }

  function show(next: Partial<Crop>) {
    if (!image) return
    crop = placed({ ...crop, ...next }, image)
    slider.value = String(crop.zoom)
    draw(canvas, image, crop)
  }
  const zoomBy = (by: number) => show({ zoom: crop.zoom * by })
  /** By so many pixels of the screen. */
  function move(x: number, y: number) {
    if (!image) return
    const side = sideOf(image, crop.zoom)
    const shown = canvas.getBoundingClientRect().width || sentPixels
    show({ x: crop.x - (x / shown) * (side / image.width), y: crop.y - (y / shown) * (side / image.height) })
  }

  input.addEventListener('change', async () => {
    const [file] = input.files ?? []
    image = file && (await createImageBitmap(file).catch(() => undefined))
    canvas.hidden = slider.hidden = !image
    fault.textContent = file && !image ? (holder.dataset.failed ?? '') : ''
    holder.hidden = !file
    show({ x: 0.5, y: 0.5, zoom: 1 })
  })
  slider.addEventListener('input', () => show({ zoom: Number(slider.value) }))
  followKeys(canvas, move, zoomBy)
  followPointers(canvas, move, zoomBy)
  sendCropped(form, input, () => image && canvas)
}

function controlsIn(holder: HTMLElement) {
  const { label = '', zoom = '' } = holder.dataset
  const canvas = Object.assign(document.createElement('canvas'), { width: sentPixels, height: sentPixels, tabIndex: 0 })
  canvas.setAttribute('role', 'application')
  canvas.setAttribute('aria-label', label)
  const slider = document.createElement('input')
  Object.assign(slider, { type: 'range', min: '1', max: String(maxZoom), step: '0.05', ariaLabel: zoom })
  const fault = Object.assign(document.createElement('p'), { className: 'form-error', role: 'alert' })
  holder.append(canvas, slider, fault)
  return { canvas, slider, fault }
}

/** Without a square the server takes the middle of the whole. */
function sendCropped(form: HTMLFormElement, input: HTMLInputElement, cropped: () => HTMLCanvasElement | undefined) {
  let isReady = false
  form.addEventListener('submit', (event) => {
    const canvas = cropped()
    if (!canvas || isReady) return
    event.preventDefault()
    canvas.toBlob((blob) => {
      if (blob) input.files = filesWith(new File([blob], 'picture.png', { type: blob.type }))
      isReady = true
      form.requestSubmit()
    })
  })
  // The browser came back to the page: another square may be sent.
  window.addEventListener('pageshow', () => (isReady = false))
}

type Move = (x: number, y: number) => void
type ZoomBy = (by: number) => void

function followKeys(canvas: HTMLElement, move: Move, zoomBy: ZoomBy) {
  const steps: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => move(stepPixels, 0),
    ArrowRight: () => move(-stepPixels, 0),
    ArrowUp: () => move(0, stepPixels),
    ArrowDown: () => move(0, -stepPixels),
    '+': () => zoomBy(1.1),
    '-': () => zoomBy(1 / 1.1),
  }
  canvas.addEventListener('keydown', (event) => {
    const step = event.ctrlKey || event.metaKey || event.altKey ? undefined : steps[event.key]
    if (!step) return
    event.preventDefault()
    step()
  })
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault()
    zoomBy(Math.exp(-event.deltaY / 500))
  })
}

/** One finger moves, two zoom. */
function followPointers(canvas: HTMLElement, move: Move, zoomBy: ZoomBy) {
  const pointers = new Map<number, PointerEvent>()
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId)
    pointers.set(event.pointerId, event)
  })
  canvas.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId)
    if (!before) return
    const spread = spreadOf(pointers)
    pointers.set(event.pointerId, event)
    if (pointers.size === 1) move(event.clientX - before.clientX, event.clientY - before.clientY)
    else if (spread > 0) zoomBy(spreadOf(pointers) / spread)
  })
  for (const type of ['pointerup', 'pointercancel'] as const)
    canvas.addEventListener(type, ({ pointerId }) => pointers.delete(pointerId))
}

function spreadOf(pointers: ReadonlyMap<number, PointerEvent>): number {
  const [a, b] = [...pointers.values()]
  return a && b ? Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) : 0
}

/** The side of the square, in pixels of the image. */
function sideOf({ width, height }: ImageBitmap, zoom: number): number {
  return Math.min(width, height) / zoom
}

/** Within the image. */
function placed({ x, y, zoom }: Crop, image: ImageBitmap): Crop {
  const kept = Math.min(maxZoom, Math.max(1, zoom))
  const half = sideOf(image, kept) / 2
  const within = (part: number, of: number) => Math.min(1 - half / of, Math.max(half / of, part))
  return { x: within(x, image.width), y: within(y, image.height), zoom: kept }
}

function draw(canvas: HTMLCanvasElement, image: ImageBitmap, { x, y, zoom }: Crop) {
  const side = sideOf(image, zoom)
  const context = canvas.getContext('2d')
  context?.clearRect(0, 0, sentPixels, sentPixels)
  const [left, top] = [x * image.width - side / 2, y * image.height - side / 2]
  context?.drawImage(image, left, top, side, side, 0, 0, sentPixels, sentPixels)
}

function filesWith(file: File): FileList {
  const transfer = new DataTransfer()
  transfer.items.add(file)
  return transfer.files
}
