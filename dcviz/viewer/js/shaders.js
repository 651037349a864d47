// The two vertex shaders (plane, tour) and the one fragment shader of the points.

const SHARED = `
uniform vec2 u_center;   // of the camera, unit of the latents
uniform vec2 u_scale;    // clip units a latent unit
uniform float u_size;    // of a point, in device pixels
uniform float u_mix;     // 0 at the first of two epochs, 1 at the second
uniform float u_half;    // of the box
uniform float u_dim;     // opacity of points outside a selection
uniform sampler2D u_palette;
in float a_code;         // 0..1, row of the palette
in float a_flags;        // bit 0 core, bit 1 selected, bit 2 dimmed
out vec4 v_color;
flat out float v_ring;
out float v_size;
void place(vec2 position) {
  int flags = int(a_flags + 0.5);
  bool selected = (flags & 2) != 0;
  gl_Position = vec4((position - u_center) * u_scale, 0.0, 1.0);
  v_size = u_size + (selected ? 1.5 : 0.0);
  gl_PointSize = v_size + 1.0;
  v_ring = (flags & 1) != 0 ? 0.0 : 1.0;
  v_color = texelFetch(u_palette, ivec2(int(a_code + 0.5), 0), 0);
  v_color.a = (flags & 4) != 0 ? u_dim : 1.0;
}`;

export const PLANE = `#version 300 es
precision highp float;
in vec2 a_from;
in vec2 a_to;
${SHARED}
void main() { place((mix(a_from, a_to, u_mix) * 2.0 - 1.0) * u_half); }`;

// The tour: every point's d coordinates lie in a texture, d texels a point, and are projected here.
export const TOUR = `#version 300 es
precision highp float;
precision highp usampler2D;
uniform usampler2D u_from;
uniform usampler2D u_to;
uniform vec2 u_axes[16];
uniform int u_count;
${SHARED}
float coordinate(usampler2D source, int at) {
  int width = textureSize(source, 0).x;
  return float(texelFetch(source, ivec2(at % width, at / width), 0).r) / 65535.0;
}
void main() {
  vec2 sum = vec2(0.0);
  for (int k = 0; k < 16; k++) {
    if (k >= u_count) break;
    int at = gl_VertexID * u_count + k;
    float value = mix(coordinate(u_from, at), coordinate(u_to, at), u_mix);
    sum += u_axes[k] * (value * 2.0 - 1.0) * u_half;
  }
  place(sum);
}`;

export const POINT = `#version 300 es
precision mediump float;
in vec4 v_color;
flat in float v_ring;
in float v_size;
out vec4 color;
void main() {
  float far = length(gl_PointCoord - 0.5) * (v_size + 1.0);
  float radius = 0.5 * v_size;
  float inside = clamp(radius - far + 0.5, 0.0, 1.0);
  if (v_ring > 0.5) {
    // A ring needs room: on small points the hollow becomes a lighter disc.
    float room = smoothstep(3.0, 5.5, v_size);
    float width = max(1.1, v_size * 0.17);
    float hollow = clamp(radius - width - far + 0.5, 0.0, 1.0);
    inside *= mix(0.42, 1.0 - 0.93 * hollow, room);
  }
  if (inside < 0.01) discard;
  float alpha = inside * v_color.a;
  color = vec4(v_color.rgb * alpha, alpha);
}`;

export const LINE_VERTEX = `#version 300 es
precision highp float;
in vec2 a_at;
in vec4 a_color;
uniform vec2 u_center;
uniform vec2 u_scale;
out vec4 v_color;
void main() { gl_Position = vec4((a_at - u_center) * u_scale, 0.0, 1.0); v_color = a_color; }`;

export const LINE = `#version 300 es
precision mediump float;
in vec4 v_color;
out vec4 color;
void main() { color = vec4(v_color.rgb * v_color.a, v_color.a); }`;
