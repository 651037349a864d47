// Drawing with WebGL2. One context for the whole page; after a lost context everything is made anew.

import { LINE, LINE_VERTEX, PLANE, POINT, TOUR } from "./shaders.js";

const ATTRIBUTES = ["a_from", "a_to", "a_code", "a_flags", "a_at", "a_color"];

export class Painter {
  constructor(canvas, onRestored, counters) {
    this.canvas = canvas;
    this.counters = counters;
    this.gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false, powerPreference: "high-performance" });
    if (!this.gl) throw new Error("no WebGL2");
    counters.contexts += 1;
    this.kind = "webgl";
    this.lost = false;
    canvas.addEventListener("webglcontextlost", (event) => { event.preventDefault(); this.lost = true; counters.lost += 1; });
    canvas.addEventListener("webglcontextrestored", () => { this.prepare(); this.lost = false; counters.restored += 1; onRestored(); });
    this.prepare();
  }

  /** Programs and an empty shelf of buffers; called at the start and after the context was lost. */
  prepare() {
    const { gl } = this;
    this.programs = { plane: this.link(PLANE, POINT), tour: this.link(TOUR, POINT), line: this.link(LINE_VERTEX, LINE) };
    this.buffers = new Map();
    this.textures = new Map();
    this.palettes = new Map();
    this.orders = new Map();
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  link(vertex, fragment) {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) throw new Error(gl.getShaderInfoLog(shader));
      gl.attachShader(program, shader);
    }
    ATTRIBUTES.forEach((name, at) => gl.bindAttribLocation(program, at, name));
    gl.linkProgram(program);
    const uniforms = {};
    for (let k = 0; k < gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS); k++) {
      const name = gl.getActiveUniform(program, k).name.replace("[0]", "");
      uniforms[name] = gl.getUniformLocation(program, name);
    }
    return { program, uniforms };
  }

  /** Buffer of a typed array, uploaded once; the array itself is the name. */
  buffer(array, target = this.gl.ARRAY_BUFFER) {
    let known = this.buffers.get(array);
    if (!known) {
      known = this.gl.createBuffer();
      this.gl.bindBuffer(target, known);
      this.gl.bufferData(target, array, this.gl.STATIC_DRAW);
      this.buffers.set(array, known);
    }
    return known;
  }

  /** Let go of the copies of these arrays. */
  release(...arrays) {
    for (const array of arrays) {
      if (this.buffers.has(array)) this.gl.deleteBuffer(this.buffers.get(array));
      if (this.textures.has(array)) this.gl.deleteTexture(this.textures.get(array));
      this.buffers.delete(array);
      this.textures.delete(array);
    }
  }

  /** A fixed shuffle of the points: no class always covers another because its rows come later. */
  order(n) {
    if (!this.orders.has(n)) {
      const order = new Uint32Array(n).map((_, i) => i);
      let seed = 1;
      for (let i = n - 1; i > 0; i--) {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        const j = seed % (i + 1);
        [order[i], order[j]] = [order[j], order[i]];
      }
      this.orders.set(n, order);
    }
    return this.orders.get(n);
  }

  palette(bytes) {
    const { gl } = this;
    if (!this.palettes.has(bytes)) {
      const texture = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
      this.palettes.set(bytes, texture);
    }
    return this.palettes.get(bytes);
  }

  /** Texture of the tour's coordinates, rows of 4,096 codes. */
  coordinates(array) {
    const { gl } = this;
    if (!this.textures.has(array)) {
      const width = 4096;
      const height = Math.ceil(array.length / width);
      const padded = array.length === width * height ? array : new Uint16Array(width * height);
      if (padded !== array) padded.set(array);
      const texture = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.R16UI, width, height, 0, gl.RED_INTEGER, gl.UNSIGNED_SHORT, padded);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
      gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
      this.textures.set(array, texture);
    }
    return this.textures.get(array);
  }

  begin(width, height, background) {
    const { gl, canvas } = this;
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(background[0] / 255, background[1] / 255, background[2] / 255, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.enable(gl.SCISSOR_TEST);
  }

  /** Draw the points of one panel; `panel.rect` in device pixels from the top left. */
  points(panel, height) {
    const { gl } = this;
    const { rect, camera, from, to, tour, codes, flags, palette } = panel;
    const { program, uniforms } = this.programs[tour ? "tour" : "plane"];
    this.frame(rect, height);
    gl.useProgram(program);
    this.camera(uniforms, rect, camera);
    gl.uniform1f(uniforms.u_size, panel.size);
    gl.uniform1f(uniforms.u_mix, panel.mix);
    gl.uniform1f(uniforms.u_half, panel.half);
    gl.uniform1f(uniforms.u_dim, panel.dim ?? 0.18);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.palette(palette));
    gl.uniform1i(uniforms.u_palette, 0);
    for (let at = 0; at < ATTRIBUTES.length; at++) gl.disableVertexAttribArray(at);
    if (tour) {
      for (const [unit, name, array] of [[1, "u_from", from], [2, "u_to", to]]) {
        gl.activeTexture(gl.TEXTURE0 + unit);
        gl.bindTexture(gl.TEXTURE_2D, this.coordinates(array));
        gl.uniform1i(uniforms[name], unit);
      }
      gl.uniform2fv(uniforms.u_axes, tour.axes);
      gl.uniform1i(uniforms.u_count, tour.count);
    } else {
      this.attribute(0, this.buffer(from), 2, gl.UNSIGNED_SHORT, true);
      this.attribute(1, this.buffer(to), 2, gl.UNSIGNED_SHORT, true);
    }
    this.attribute(2, this.buffer(codes), 1, gl.UNSIGNED_BYTE, false);
    this.attribute(3, this.buffer(flags), 1, gl.UNSIGNED_BYTE, false);
    const order = this.order(flags.length);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffer(order, gl.ELEMENT_ARRAY_BUFFER));
    gl.drawElements(gl.POINTS, flags.length, gl.UNSIGNED_INT, 0);
    if (panel.front?.length) {
      gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffer(panel.front, gl.ELEMENT_ARRAY_BUFFER));
      gl.drawElements(gl.POINTS, panel.front.length, gl.UNSIGNED_INT, 0);
    }
  }

  /** Draw separate line pieces: at (2 floats a corner), colors (4 bytes a corner). */
  lines(panel, height, at, colors) {
    const { gl } = this;
    const { program, uniforms } = this.programs.line;
    this.frame(panel.rect, height);
    gl.useProgram(program);
    this.camera(uniforms, panel.rect, panel.camera);
    for (let k = 0; k < ATTRIBUTES.length; k++) gl.disableVertexAttribArray(k);
    this.attribute(4, this.buffer(at), 2, gl.FLOAT, false);
    this.attribute(5, this.buffer(colors), 4, gl.UNSIGNED_BYTE, true);
    gl.drawArrays(gl.LINES, 0, at.length / 2);
    this.release(at, colors);
  }

  frame([x, y, width, height], total) {
    this.gl.viewport(x, total - y - height, width, height);
    this.gl.scissor(x, total - y - height, width, height);
  }

  camera(uniforms, rect, camera) {
    const { gl } = this;
    gl.uniform2f(uniforms.u_center, camera.x, camera.y);
    gl.uniform2f(uniforms.u_scale, (2 * camera.zoom) / rect[2], (2 * camera.zoom) / rect[3]);
  }

  attribute(at, buffer, size, type, normalized) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, type, normalized, 0, 0);
  }

  picture() {
    return this.canvas.transferToImageBitmap();
  }
}
