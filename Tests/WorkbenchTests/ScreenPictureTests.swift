import Terminal
import Testing
import Training
import Workbench

/// Whole screens, as a person sees them.
struct ScreenPictureTests {
  private func expect(
    _ model: Model, _ picture: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let buffer = CellBuffer(model.size)
    Screen.render(model, on: buffer.canvas)
    let lines = buffer.text.split(separator: "\n", omittingEmptySubsequences: false)
    let expected = picture.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == expected.count, sourceLocation: sourceLocation)
    for (line, wanted) in zip(lines, expected) where line != wanted {
      // The first line that differs says where to look; the whole picture, what it is now.
      Issue.record("\(line)\n\(wanted)\n\n\(buffer.text)", sourceLocation: sourceLocation)
      return
    }
  }

  @Test func everythingAtOnce() {
    let model = ModelFixture.sineFamily(Size(120, 36))
    expect(
      model,
      #"""
       sine-family │ ● RUN full │ step 12,480  1.24k/s │ train 3.32e-3 ↓  val 4.61e-3 │ lr 0.002 │ seed 42 │ ✓ saved
      ╭─ 1 Tasks ─────── 36● 8○ ─╮╭─ 3 Loss ─────────────────── log · ema .90 ─╮╭─ 5 Task space ────────────── PCA 1·2  97% ─╮
      │ id     amp phase   loss  ││    │⡤⣄                                     ││                 Bs34┊     ●s33             │
      │ s11 ● 1.08  2.51 2.1e-3 ▲││1e+0┤⠈⠈⠙⢦⣀                                  ││                 ⢱  ✛┊                      │
      │ s12 ● 1.08  3.14 1.8e-3  ││    │   ⠈⠈⠳⢤⡀                               ││                  ●s28    ●s27              │
      │ s13 ● 2.06  0.00 3.3e-3  ││    │      ⠈⠉⠳⢤⡀                            ││        ●s35      ⠸⡀ ┊             ●s32     │
      │ s14 ● 2.06  0.63 3.7e-3  ││1e-1┤         ⠈⠙⠲⣄⡀                         ││           ●s29   ●s22   ●s21   ●s26        │
      │▸s15 ● 2.06  1.26 4.5e-3  ││    │            ⠉⠙⠲⣤⡀                      ││              ●s23 ●s16 ●s15  ●s20          │
      │ s16 ● 2.06  1.88 3.1e-3  ││    │               ⠈⠉⠓⠦⣄⡀⡀                 ││┈ ┈ ┈ ┈ ┈ ┈ ┈s17● ┈s10s9┈ ┈●s14 ┈ ┈ ┈ ┈ ┈ ┈ │
      │ s17 ● 2.06  2.51 3.2e-3  ││1e-2┤                   ⠈⠉⠙⠲⠤⢤⣄⣀⣀⣄⣀⣀⣀⣀⢀⡀    ││       s30  h3◐ s11●●s2●●s8s13    s25       │
      │ s18 ● 2.06  3.14 3.6e-3  ││    │                         ⠉⠉⠈⠉⠉⠉⠛⠛⠓⠓⠒⠒⠒⠒││  s36●  ●s24●  ●  ●s4●A◐ ●s7●  ●s19●  ●s31  │
      │ s19 ● 3.04  0.00 7.7e-3 ▼││     0             5k              10k  step││            s18s12 s5●●s1                   │
      │ ● trained · amp 2.06     ││ ━ train 3.53e-3  ╍ val 4.61e-3             ││ ✛ (-0.42 0.88 0.05 -0.10)  near s28 .35    │
      ╰──────────────────────────╯╰────────────────────────────────────────────╯╰────────────────────────────────────────────╯
      ╭─ 2 Knobs ──── *1 turned ─╮╭─ 4 Weights H(z)→W ────────────────── live ─╮╭─ 6 Target f(x; H(z)) ─────── vs s15  live ─╮
      │▸learning rate    0.002   ││ W1  b1 [W2] b2  W3  b3               40×40 ││  │      ⣀                        ∘         │
      │ rate schedule   cosine ↻ ││ 0 ▀▀▀▀▀▀▀▀▀▀▀ ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀ ▀▀▀▀▀▀▀▀▀▀▀ ││ 2┤   ⢀⣀∘⠤∘⣀∘                   ∘⡤⠤⠤∘⢄      │
      │ optimizer         adam ↻ ││   ▀▀▀ ▀▀ ▀▀▀ ▀ ▀▀▀▀ ▀▀▀▀▀▀ ▀▀▀ ▀▀ ▀▀▀▀▀ ▀▀ ││  │  ⢀∘⠁   ⠈⢢⡀                 ⡴⠋    ⠑∘     │
      │ gradient clip     *0.5   ││ 4 ▀  ▀ ▀▀▀▀▀▀▀▀▀▀▀ ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀ ▀▀ ▀▀▀ ││  │ ∘⠃       ⠙∘              ⢀∘       ⠈⢧    │
      │ tasks a step        36 ↻ ││ 6▸▀▀ ▀▀ ▀▀▀▀◓▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀ ││  │⡴⠁         ⠘⢆            ⢠⠊          ∘⡀  │
      │ examples a task     16 ↻ ││ 8  ▀▀▀▀▀ ▀▀ ▀▀▀▀▀▀ ▀▀▀ ▀  ▀▀▀▀▀▀▀▀▀▀▀▀▀ ▀  ││ 0┤┈ ┈ ┈ ┈ ┈ ┈ ⠈∘┈ ┈ ┈ ┈ ┈ ⣰∘┈ ┈ ┈ ┈ ┈ ┈ ⠹⡀┈│
      │ context length       4 ↻ ││   ▀▀▀▀▀ ▀▀▀▀▀▀▀▀▀▀▀▀▀ ▀ ▀▀▀ ▀▀▀ ▀▀▀▀▀▀▀▀▀▀ ││  │              ⠣⡀       ∘⠁              ∘⢄│
      │ hypernet widths  64-64 ↻ ││12 ▀▀  ▀▀▀▀▀▀▀▀▀▀▀▀▀ ▀▀▀▀▀ ▀ ▀▀  ▀▀▀▀▀▀▀  ▀ ││  │               ∘⢆    ⣠⠞                 ⠈│
      │ target units      tanh ↻ ││   ▀▀▀▀▀▀▀▀ ▀▀▀ ▀▀▀▀▀ ▀▀▀▀▀▀▀ ▀ ▀▀▀▀▀▀▀▀▀▀▀ ││-2┤                ⠉∘⠒⠒⠚∘⠁                  │
      │ embedding spread   0.1 ↻ ││ b ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀ ││  │                  ⠈∘                     │
      │ context noise        0  ▼││ -0.60                   +0.60  layer · 99% ││  -5                   0                   5│
      │ live: the size of a step ││▸W2[6,10] +0.0835  rank 63%  rms 0.230      ││ ━ f(x)  ╍ task  ∘ data  MSE 2.94e-2        │
      ╰──────────────────────────╯╰────────────────────────────────────────────╯╰────────────────────────────────────────────╯
      ┏━ 7 Context z ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ ±2 ━┓
      ┃▸z0   -0.42 ├─────────────B───◆A──┼─────────────────────┤   z1   +0.88 ├─────────────────A────┼────────◆B───────────┤ ┃
      ┃ z2   +0.05 ├───────────────────A─┼◆─B──────────────────┤   z3   -0.10 ├────────────────────◆B┼─────────────────────┤ ┃
      ┃ A→B   0.34 ╞═══════════════════════════════◆═════════════════════════════════════════════════════════════╡ ‖ p plays ┃
      ┃ ‖z‖ 0.98 · near s28 .35 · s34 .38 · s22 .49 · 1.4σ off the tasks · compared with s15                                 ┃
      ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
                                                                                     autosave: sessions/0142-sine-family.json
       h/l ±.05  H/L ±.5  ↵ type  │  space run/pause  s step  </> speed  r rewind  Tab pane  : commands  ? help  q quit
      """#)
  }

  @Test func onePaneAndTheTarget() {
    let model = ModelFixture.sineFamily(Size(80, 24))
    expect(
      model,
      #"""
       ● RUN full  step 12,480  1.24k/s  train 3.3e-3 ↓ val 4.6e-3  lr 0.002  ✓ saved
      ╭─ [3 Loss] 4 Wts 5 Map 1 Tsk 2 Kn ────╮╭─ 6 Target f(x; H(z)) ─ vs s15  live ─╮
      │    │⣤⡀                               ││  │                          ∘⣀       │
      │1e+0┤⠈⠙⢦⣀                             ││ 2┤   ⢀∘⠤∘⡀∘               ⢀∘⠤⠤∘⢄     │
      │    │   ⠘⠦⣀                           ││  │  ∘⠋   ⠙⢆               ⡔⠁   ⠱∘    │
      │    │    ⠈⠈⠳⣄                         ││  │ ∘⠁     ⠈∘            ⢀∘      ⠘⡄   │
      │    │       ⠈⠳⣄⡀                      ││  │⡼         ⢣          ⢀⠞        ⠘∘  │
      │1e-1┤         ⠈⠓⢦⡀                    ││ 0┤┈ ┈ ┈ ┈ ┈ ⠈∘┈ ┈ ┈ ┈ ⢀∘┈ ┈ ┈ ┈ ┈ ⠈⣆┈│
      │    │           ⠘⠙⠦⣄⡀                 ││  │           ⠈⢧⡀     ⢀∘            ∘⢆│
      │    │             ⠈⠈⠑⢦⣀⣀⡀             ││  │            ⠈∘⡄   ⣠⠋              ⠈│
      │1e-2┤                ⠈⠈⠙⠒⠲⠤⣄⣀⣀⡀⡀⣀⡀ ⣀⡀ ││-2┤              ∘⠓⠒⠚∘                │
      │    │                      ⠈⠋⠉⠉⠉⠉⠙⠙⠛⠛⠒││  │                ∘                  │
      │     0           5k           10k step││  -5                0                5│
      │ ━ train 3.53e-3  ╍ val 4.61e-3       ││ ━ f(x)  ╍ task  ∘ data  MSE 2.94e-2  │
      ╰──────────────────────────────────────╯╰──────────────────────────────────────╯
      ┏━ 7 Context z ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ ±2 ━┓
      ┃▸z0   -0.42 ├───────B─◆─┼───────────┤   z1   +0.88 ├─────────A──┼────◆──────┤ ┃
      ┃ z2   +0.05 ├──────────A◆B──────────┤   z3   -0.10 ├───────────◆┼───────────┤ ┃
      ┃ A→B   0.34 ╞══════════════════◆══════════════════════════════════╡ ‖ p plays ┃
      ┃ ‖z‖ 0.98 · near s28 .35 · s34 .38 · s22 .49 · 1.4σ off the tasks             ┃
      ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
       rate 0.002 · schedule cosine · optimizer adam · clip 0.5 · W2 ±0.60
                                             autosave: sessions/0142-sine-family.json
       h/l ±.05  │  space run/pause  s step  </> speed  : commands  ? help  q quit
      """#)
  }

  @Test func asciiWithoutColour() {
    let model = ModelFixture.sineFamily(
      Size(80, 24), Capabilities(colors: .mono, unicode: false))
    expect(
      model,
      #"""
       * RUN full  step 12,480  1.24k/s  train 3.3e-3 v val 4.6e-3  lr 0.002  = saved
      +- [3 Loss] 4 Wts 5 Map 1 Tsk 2 Kn ----++- 6 Target f(x; H(z)) - vs s15  live -+
      |    |..                               ||  |                          o.       |
      |1e+0+'':.                             || 2+   .o.o.o               .o..o.     |
      |    |   ':.                           ||  |  o'   ':               :'   :o    |
      |    |    '':.                         ||  | o'     'o            .o      '.   |
      |    |       ':..                      ||  |:         :          .:        'o  |
      |1e-1+         '':.                    || 0+- - - - - 'o- - - - .o- - - - - ':-|
      |    |           '':..                 ||  |           ':.     .o            o:|
      |    |             ''':...             ||  |            'o.   .'              '|
      |1e-2+                '''':........ .. ||-2+              o'''o                |
      |    |                      '''''''''''||  |                o                  |
      |     0           5k           10k step||  -5                0                5|
      | - train 3.53e-3  ~ val 4.61e-3       || - f(x)  ~ task  o data  MSE 2.94e-2  |
      +--------------------------------------++--------------------------------------+
      #= 7 Context z ========================================================== +-2 =#
      #>z0   -0.42 |-------B-*-+-----------|   z1   +0.88 |---------A--+----*------| #
      # z2   +0.05 |----------A*B----------|   z3   -0.10 |-----------*+-----------| #
      # A>B   0.34 |==================*==================================| | p plays #
      # |z| 0.98 . near s28 .35 . s34 .38 . s22 .49 . 1.4s off the tasks             #
      #==============================================================================#
       rate 0.002 . schedule cosine . optimizer adam . clip 0.5 . W2 +-0.60
                                             autosave: sessions/0142-sine-family.json
       h/l +.05  |  space run/pause  s step  </> speed  : commands  ? help  q quit
      """#)
  }

  @Test func onePane() {
    let model = ModelFixture.sineFamily(Size(60, 16))
    expect(
      model,
      #"""
       ● RUN full  train 3.3e-3 ↓ val 4.6e-3
      ╭─ [3 Loss] 4 Wts 5 Map 1 Tsk 2 Kn ──────── log · ema .90 ─╮
      │    │⠒⠲⠤⣄⣀⡀                                               │
      │1e+0┤    ⠈⠉⠙⠒⠲⠤⣄⣀⡀                                        │
      │1e-1┤           ⠈⠉⠙⠒⠲⠤⢤⣀⣀                                 │
      │1e-2┤                  ⠈⠈⠉⠙⠒⠲⠤⠤⣄⣀⣀⡀⣀⡀                     │
      │    │                           ⠈⠉⠉⠉⠉⠉⠛⠒⠒⠒⠒⠒⠒⠒⠒⠦⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤│
      │     0                   5k                   10k     step│
      │ ━ train 3.53e-3  ╍ val 4.61e-3                           │
      ╰──────────────────────────────────────────────────────────╯
      ┏━ 7 Context z ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ ±2 ━┓
      ┃▸z0   -0.42 ├─────────────B───◆A──┼─────────────────────┤ ┃
      ┃ ‖z‖ 0.98 · near s28 .35 · s34 .38 · 1.4σ off the tasks   ┃
      ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
                         autosave: sessions/0142-sine-family.json
       space run/pause  s step  : commands  ? help  q quit
      """#)
  }

  @Test func numbersOnly() {
    let model = ModelFixture.sineFamily(Size(40, 10))
    expect(
      model,
      #"""
       sine-family ● RUN full
       train 3.3e-3 ↓ val 4.6e-3
       3 Loss
       train, smoothed  3.53e-3
       validation       4.61e-3
       at step          12,480

      ▸z0   -0.42 ├────────B◆A─┼────────────┤
         autosave: sessions…-sine-family.json
       : commands  ? help  q quit
      """#)
  }

  @Test func picturesWithoutColour() {
    let model = ModelFixture.digitViews(
      Size(120, 36), Capabilities(colors: .mono, unicode: true))
    expect(
      model,
      #"""
       digit-views │ ‖ PAUSED full │ step 4,000 │ train 7.00e-2 ↓  val 8.72e-2  acc 97.2% │ lr 0.002 │ seed 42 │ ✓ saved
      ╭─ 1 Tasks ─────── 18● 6○ ─╮╭─ 3 Loss ─────────────────── log · ema .90 ─╮╭─ 5 Task space ────────────── PCA 1·2  99% ─╮
      │ id       acc   loss      ││    │⣤⡀                                     ││                   ●315°●345°               │
      │▸0°   ● 97.5% 1.0e-1 ▄█▂▁ ││    │⠁⠙⣦⡀                                   ││                 ●300°┊   ●0°               │
      │ 15°  ● 97.2% 1.1e-1 ▄█▂▁ ││1e+0┤ ⠈⠿⠛⢦⣄⡀                                ││               ●285°  ┊  15°✛◐30°           │
      │ 45°  ● 97.0% 1.2e-1 ▄█▂▁ ││    │   ⠉⠈⠛⢦⡄⣄                              ││             ●255°    ┊       ●45°          │
      │ 60°  ● 97.3% 1.1e-1 ▄█▂▁ ││    │     ⠘⠟⠙⠷⣄⣀⡀⡀                          ││                      ┊                     │
      │ 75°  ● 97.0% 1.2e-1 ▄█▂▁ ││    │       ⠁⠛⠟⠙⠷⢦⣄⡀⣀⡀⣀                     ││┈ ┈ ┈ ┈ ┈ ┈ ┈●240°┈ ┈ ┊ ┈ ┈ ┈ ●60°┈ ┈ ┈ ┈ ┈ │
      │ 105° ● 97.1% 1.2e-1 ▄█▂▁ ││    │          ⠘⠙⠿⠈⠙⠛⠷⠶⡤⣤⣠⣀⣀⣦⡀⠄⣠⣀⡀⣀⣀⣀⡀⢀⢀    ││             ●225°    ┊       ●75°          │
      │ 120° ● 97.0% 1.2e-1 ▄█▂▁ ││1e-1┤              ⠈⠈⠙⠋⠿⠿⡟⠈⠉⠉⠙⠛⠛⠗⠓⠲⠶⠶⠦⡤⢤⣤⣤⣠⣄││               ●195°  ┊ 105°●◐90°           │
      │ 135° ● 97.7% 9.2e-2 ▄█▂▁ ││    │                       ⠈⠁⠁⠙⠋⠋⠘⠛⠋⠿⠟⠹⠛⠟⠿⠛││                 ●180°┊   ●120°             │
      │ 165° ● 97.5% 1.0e-1 ▄█▂▁▼││     0                 2k               step││                   ●165°●135°               │
      │ ● trained · angle 0°     ││ ━ train 6.89e-2  ╍ val 8.72e-2             ││ ✛ (0.87 0.23 0.13 -0.01)  near 15° .00     │
      ╰──────────────────────────╯╰────────────────────────────────────────────╯╰────────────────────────────────────────────╯
      ╭─ 2 Knobs ──── *1 turned ─╮╭─ 4 Weights H(z)→W ────────────────── live ─╮╭─ 6 Target f(x; H(z)) ─────── vs 15°  live ─╮
      │▸learning rate    0.002   ││[W1] b1  W2  b2                       64×32 ││··▄▄▄··· ···▄···· ··▄▄▄··· ··▄▄▄··· ··▄·▄···│
      │ rate schedule   cosine ↻ ││ 0▸◧◨−···  ··−···  ··−·−·······−·−·−░··  −· ││··█·█··· ··▀█···· ··▄▄█··· ··▄▄█··· ··█▄█···│
      │ optimizer         adam ↻ ││   ░░··░░  −·−░−░  −░−░−░−░    ░░··▒▒··▒▒   ││··█▄█··· ··▄█▄··· ··█▄▄··· ··▄▄█··· ····█···│
      │ gradient clip     *0.5   ││ 2 ░░▓▓░░░░−·  −░−░−▒−·−░−░  −·····▒▒░░░░▒▒ ││········ ········ ········ ········ ········│
      │ tasks a step        36 ↻ ││   ░░░░··░░░░−·  −▒−▒−▒−▓−░−·  ··░░··▒▒░░▒▒ ││ 0✓ 91%   1✓ 93%   2✓ 90%   3✓ 91%   4✓ 92% │
      │ examples a task     16 ↻ ││ 4 ··░░▒▒░░░░··−·−·−·−░−·−▒··−·    ░░··▒▒·· ││··▄▄▄··· ··▄▄▄··· ··▄▄▄··· ··▄▄▄··· ··▄▄▄···│
      │ context length       4 ↻ ││   −·−·░░··−·    ··        −·−·····  −·     ││··█▄▄··· ··█▄▄··· ···▄▀··· ··█▄█··· ··█▄█···│
      │ hypernet widths  64-64 ↻ ││ 6 −░−·−·−·········░░░░░░  ····  −░−░−▒−░−░ ││··▄▄█··· ··█▄█··· ···█···· ··█▄█··· ··▄▄█···│
      │ target units      tanh ↻ ││   −░−▓−░−░−·  ··▓▓▒▒░░▒▒··▒▒  −·−·−▒−·−░−· ││········ ········ ········ ········ ········│
      │ embedding spread   0.1 ↻ ││ b ··−·−·  −·    ··−·−·−·−···−·····  −·  −· ││ 5✓ 89%   6✓ 93%  ▸7→1✗61%  8✓ 91%   9✓ 88% │
      │ context noise        0  ▼││ -0.50 █▓▒░·░▒▓█ +0.50  layer · 99%         ││ p 0▁ 1▅ 2▁ 3▁ 4▁ 5▁ 6▁ 7▃ 8▁ 9▁  1 61.4%   │
      │ live: the size of a step ││▸W1[0,0] -0.0896  rank 32%  rms 0.179       ││ accuracy 97.2% of 359 unseen               │
      ╰──────────────────────────╯╰────────────────────────────────────────────╯╰────────────────────────────────────────────╯
      ┏━ 7 Context z ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ ±1 · scrubbing is live while paused ━┓
      ┃▸z0   +0.87 ├─────────────────────┼─────────────────◆───┤   z1   +0.23 ├──────────────────────┼────◆────────────────┤ ┃
      ┃ z2   +0.13 ├─────────────────────┼──◆──────────────────┤   z3   -0.01 ├─────────────────────◆┼─────────────────────┤ ┃
      ┃ A→B  a and b set anchors here, p plays between them                                                                  ┃
      ┃ ‖z‖ 0.91 · on 15° · 0° .24 · 30° .24 · compared with 15°                                                             ┃
      ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
                                                                                     autosave: sessions/0142-digit-views.json
       h/l ±.05  H/L ±.5  ↵ type  │  space run/pause  s step  </> speed  r rewind  Tab pane  : commands  ? help  q quit
      """#)
  }

  @Test func picturesInASCII() {
    var model = ModelFixture.digitViews(
      Size(60, 16), Capabilities(colors: .palette256, unicode: false))
    model.focus = .target
    expect(
      model,
      #"""
       | PAUSED full  step 4,000  train 7.0e-2 v val 8.7e-2
      #= 6 Target f(x; H(z)) ===================== vs 15o  live =#
      #  ===:     ===:     ===:     ===:     ===:      =         #
      #  @++:      ++:     @+@-     @+@-     @ @-     +@         #
      #  @+@-      @       @+@-     ++@-     @+@-     +@+:       #
      #                                                          #
      # 6= 93%  >7>1x61%  8= 91%   9= 88%   0= 92%   1= 89%      #
      # p 0_ 1+ 2_ 3_ 4_ 5_ 6_ 7- 8_ 9_  1 61.4%                 #
      # accuracy 97.2% of 359 unseen at this context             #
      #==========================================================#
      +- 7 Context z ----- +-1 . scrubbing is live while paused -+
      |>z0   +0.87 |---------------------+-----------------*---| |
      | |z| 0.91 . on 15o . 0o .24 . 30o .24 . compared with 15o |
      +----------------------------------------------------------+
                         autosave: sessions/0142-digit-views.json
       space run/pause  s step  : commands  ? help  q quit
      """#)
  }

  @Test func oneTaskAfterAnother() {
    var model = ModelFixture.threePolynomials(Size(80, 24))
    model.focus = .loss
    model.loss.crosshair = 2000
    expect(
      model,
      #"""
       ● RUN full  step 6,000  1.24k/s  train 3.2e-3 ↓ val 4.0e-3  lr 0.002  ✓ saved
      ┏━ [3 Loss] 4 Wts 5 Map 1 Tsk 2 Kn ━━━━┓╭─ 6 Target f(x; H(z)) ────────────────╮
      ┃    │⢳          ┊         ⢸⣀          ┃│  │       ⢀⣀⣀⡀             ⢀⣀⣀⡀       │
      ┃1e+0┤⠈⣇         ┊         ⢀⠿⡄         ┃│ 2┤   ⢀⡠⠔⠊⠉  ⠈⠣⡀         ⢀⠜⠁  ⠉⠑⠢⢄⡀   │
      ┃    │ ⠸⡄        ┊         ⢸⠁⢳         ┃│  │⠤⠔⠊⠁        ⠱⡀       ⢀⠎        ⠈⠑⠢⠤│
      ┃    │ ⠈⢧        ┊         ⢸⠇⠈⡆        ┃│  │             ∘       ⡜             │
      ┃1e-1┤  ⠘⡆       ┊         ⢸⡄ ⢹⡀       ┃│  │              ∘     ∘              │
      ┃    │   ⢹⡀      ┊         ⢸  ⠈⢧       ┃│ 0┤┈ ┈ ┈ ┈ ┈ ┈ ┈ ⠈∘┈ ┈∘⠁ ┈ ┈ ┈ ┈ ┈ ┈ ┈│
      ┃    │   ⠘⢧⡄     ┊         ⢸   ⠘⡆      ┃│  │               ∘∘∘∘∘               │
      ┃1e-2┤    ⠘⡆⡀    ┊         ⢸    ⢹⡀     ┃│  │                                   │
      ┃    │     ⠹⣄⢦⣀  ┊         ⢸    ⠈⢳⡀⣀⣀⣀2┃│-2┤                                   │
      ┃    │      ⠈⠓⠶⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠼⠉⠉⠉⠉⠉⠉⠙⠒⠶⠤1┃│  │                                   │
      ┃     0          ┊              5k step┃│ -4.5               0              4.5│
      ┃ ┊ 2,000  ━ train 3.02e-3             ┃│ ━ f(x)  ╍ task  ∘ data  MSE 3.10e-3  │
      ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛╰──────────────────────────────────────╯
      ╭─ 7 Context z ───────────────────────────────────────────────────────── ±1.5 ─╮
      │▸z0   +0.20 ├───────────────────────────────┼───◆───────────────────────────┤ │
      │ z1   -0.40 ├───────────────────────◆───────┼───────────────────────────────┤ │
      │ A→B  a and b set anchors here, p plays between them                          │
      │ ‖z‖ 0.45 · on quadratic · linear 1.08 · cubic 1.56 · compared with quadratic │
      ╰──────────────────────────────────────────────────────────────────────────────╯
       rate 0.002 · schedule cosine · optimizer adam · clip 0.5 · W1 ±1.5
                                       autosave: sessions/0142-three-polynomials.json
       h/l crosshair  space run/pause  s step  </> speed  : commands  ? help  q quit
      """#)
  }

  @Test func beforeTheFirstStep() {
    let model = ModelFixture.fresh(Size(80, 24))
    expect(
      model,
      #"""
       ‖ PAUSED full  step 0  train -   val -  lr 0.002  seed 42  unsaved
      ╭─ [3 Loss] 4 Wts 5 Map 1 Tsk 2 Kn ────╮╭─ 6 Target f(x; H(z)) ────── waiting ─╮
      │no steps yet: space runs, s trains one││no answer of the target network yet   │
      │                                      ││                                      │
      │                                      ││                                      │
      │                                      ││                                      │
      │                                      ││                                      │
      │                                      ││                                      │
      │                                      ││                                      │
      │                                      ││                                      │
      │                                      ││                                      │
      │                                      ││                                      │
      │                                      ││                                      │
      │                                      ││                                      │
      ╰──────────────────────────────────────╯╰──────────────────────────────────────╯
      ┏━ 7 Context z ━━━━━━━━━━━━━━━━━━━━━━━━━━ ±1 · scrubbing is live while paused ━┓
      ┃▸z0   -0.42 ├──────◆────┼───────────┤   z1   +0.88 ├────────────┼─────────◆─┤ ┃
      ┃ z2   +0.05 ├───────────┼◆──────────┤   z3   -0.10 ├──────────◆─┼───────────┤ ┃
      ┃ A→B  a and b set anchors here, p plays between them                          ┃
      ┃ ‖z‖ 0.98 · compared with s15                                                 ┃
      ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
       rate 0.002 · schedule cosine · optimizer adam · clip 0.5 · tasks-per-step 36

       h/l ±.05  │  space run/pause  s step  </> speed  : commands  ? help  q quit
      """#)
  }

  /// Colours of a heat map and of pictures are few: each pair of them costs the terminal something.
  @Test func fewColoursPairUp() {
    for make in ModelFixture.all.map(\.make) {
      let buffer = CellBuffer(Size(200, 60))
      Screen.render(make(Size(200, 60), .everything), on: buffer.canvas)
      let pairs = Set(buffer.cells.map { [$0.style.foreground, $0.style.background] })
      #expect(pairs.count < 250, "\(pairs.count) pairs")
    }
  }

  /// Themes reach every cell: nothing is left in the terminal's own colours.
  @Test func aThemeColoursEverything() {
    for theme in [Theme.loom, .paper] {
      var model = ModelFixture.digitViews()
      model.theme = theme
      let buffer = CellBuffer(Size(120, 36))
      Screen.render(model, on: buffer.canvas)
      #expect(
        buffer.cells.allSatisfy {
          $0.style.foreground != .standard && $0.style.background != .standard
        })
      #expect(buffer.cells.contains { $0.style.background == theme.selection })
      #expect(buffer.cells.contains { $0.style.foreground == theme.failure })
    }
  }

  @Test func tooSmallSaysWhichWay() {
    let buffer = CellBuffer(Size(33, 8))
    Screen.render(ModelFixture.sineFamily(Size(33, 8)), on: buffer.canvas)
    #expect(buffer.text.contains("need 40×10, have [33]×[8]"))
  }

  @Test func theDifferenceToThePinIsShown() throws {
    var model = ModelFixture.sineFamily()
    model.focus = .weights
    _ = model.update(.key(.character("c")), now: 0)
    let probe = try #require(model.probe)
    model.probe = ProbeResult(
      context: probe.context, step: probe.step + 10, reference: probe.reference,
      weights: probe.weights.map {
        .init(specification: $0.specification, values: $0.values.map { $0 + 0.25 })
      }, behaviour: probe.behaviour)
    _ = model.update(.key(.character("d")), now: 0)
    let buffer = CellBuffer(Size(120, 36))
    Screen.render(model, on: buffer.canvas)
    #expect(buffer.text.contains("Δ to step 12,480"))
    #expect(buffer.text.contains("W2[6,10] Δ+0.2500"))
  }
}
