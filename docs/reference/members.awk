# A filter that doxygen puts before every header. Lines keep their numbers.
#
# It documents the members that many types share, such as `init` and `each`, where the header has no
# comment of its own. A comment of a declaration with several names becomes a comment of each. What
# a type takes over from its base is left out, because it appears on the page of the base.

# The comment of a member that is declared on this line, or "".
function comment(line) {
  if (line ~ /^ +struct Parameters \{$/) return "What the user chooses. Learning never changes it."
  if (line ~ /^ +struct State \{$/ && template ~ /<typename T>/)
    return "The variables of a neuron, or of a vector of them."
  if (line ~ /^ +struct State(On)? \{$/)
    return "What changes from call to call, with scratch space. The parameters never change."
  if (line ~ /^ +using Scalar = / && line !~ /decltype|Net::/) return "The type of the numbers."
  if (line ~ /^ +using Rule = Rule_;/) return "The learning rule of the weights."
  if (line ~ /^ +using Hidden = Hidden_;/) return "The activation function of the hidden layers."
  if (line ~ /^ +using Role = role::/) return "Which of the network's policies this type is."
  if (line ~ /^ +using Breaks = /) return "The laws of all rules that this rule breaks by design."
  if (line ~ /^ +using State = StateOn<FullSynapses>;/) return "The state on all pairs of neurons."
  if (line ~ / name = ("|label_of|name_of)/) return "The name that messages give this type."
  if (line ~ /^ +Parameters parameters( = \{})?;/) return "The parameters."
  if (line ~ /^ +Optimizer optimizer = /) return "How a change becomes a step of the weights."
  if (line ~ /^ +typename Optimizer::template State<Scalar> optimizer;/)
    return "What the optimizer keeps per synapse."
  if (line ~ /^ +Schedule schedule = /) return "How the learning rate changes with the steps."
  if (line ~ /^ +Rule rule;/) return "The learning rule of the weights."
  if (line ~ /^ +typename Rule::State state;/) return "The state of the rule, with the weights."
  if (line ~ /^  const Matrix<Scalar>& drive\(\) const/)
    return "The drive of the last forward pass."
  if (line ~ /^  const Matrix<Scalar>& response\(\) const/)
    return "The rates of the last forward pass, neurons x columns."
  if (line ~ /^  const Matrix<Scalar>& gain\(\) const/)
    return "The derivative of the rates with respect to the drive, neurons x columns."
  if (line ~ /& output\(\) const \{/) return "What the last forward pass gave to the next layer."
  if (line ~ /^  std::int64_t step\(\) const/) return "How many steps of learning have been taken."
  if (line ~ /^    std::int64_t step = 0;/) return "The number of steps taken."
  if (line ~ /^ +Bounds bounds = /) return "The limits of the weights."
  if (line ~ /^ +Matrix<Scalar> weights;/) return "The weights, post x pre."
  if (line ~ /^ +typename Synapses::template Values<Scalar> weights/)
    return "One number per synapse."
  if (line ~ / init\(Shape( shape)?\) const \{/) return "Makes a state for this shape."
  if (line ~ / init\(const Connections& connections\) const \{/)
    return "Makes a state for these synapses, in the order of the connections."
  if (line ~ / void apply\(const Change<Scalar>& change, .*State& state\) const \{/)
    return "Applies change - decay * weights through the optimizer."
  if (line ~ / void apply\(Matrix<Scalar>& weights, const auto& change, /)
    return "Steps the weights along change - decay * weights."
  if (line ~ / void forget\(State&\) const \{}/) return "Does nothing: the state holds no sequence."
  if (line ~ / void each\(auto&&( visit)?\)/)
    return "Calls visit(name, value) for everything that a checkpoint saves."
  if (line ~ / void check\(.*\) (const )?\{/)
    return "Throws if a parameter or an array is not valid."
  if (line ~ /^ +static constexpr bool elementwise = /)
    return "Whether no weight's step depends on another weight's change."
  if (line ~ /^ +UpdateScratch<Scalar> scratch = /)
    return "Scratch space of the update; not saved in checkpoints."
  if (line ~ /^ +Watch watch = /)
    return "Bounds the weights, so that most steps need not read them. Not saved in checkpoints."
  if (line ~ /^  explicit [A-Za-z]+\(DenseLayers</)
    return "A network of these layers. Their weights stay as they are until `initialize`."
  if (line ~ /^  void initialize\(Random random_?, Scalar scale = 1\)/)
    return "Draws Glorot's uniform weights, times `scale`, and feedback weights where it has some."
  if (line ~ /^  using [A-Za-z]+ = (typename )?decltype\(Policies::[a-z]+\)/) {
    sub(/.*Policies::/, "", line)
    sub(/\).*/, "", line)
    return "The type of the policy `" line "`."
  }
  if (line ~ /^  using Path = typename Feedback::/) return "What carries the feedback."
  if (line ~ /^  using Loss = /) return "The loss of the output."
  if (line ~ /^  Stop stop( = \{\})?;/) return "When an inference stops."
  if (line ~ /^  (typename Feedback::template )?Path(<Scalar>)? feedback_path = \{\};/)
    return "What carries the feedback, with its weights where it has some."
  if (line ~ /^  typename Update::template State<(Scalar|Rule)> update = /)
    return "What the update keeps of an inference."
  if (line ~ /^  typename Start::template States<Scalar> start = /)
    return "Where the free phases start."
  if (line ~ /^    void begin\(const auto&( net)?\)/) return "Called before an inference."
  if (line ~ /^    void record\(const auto&/)
    return "Called for some columns before the first step, with t = 0, and after step t."
  if (line ~ /^    void present\(auto& net, /)
    return "Calls learn(pre, post) with what the rule of layer k learns from."
  if (line ~ /^  using State = (PairTraces|Neurons);/) return "What is kept of the spikes."
  if (line ~ /^  static [A-Za-z<>]+ init\(const (auto|Synapses)& synapses\)/)
    return "The state before the first spike."
  if (line ~ /^  static State init\(Index/)
    return "The state of so many neurons before the first spike."
  if (line ~ /^  (static )?void decay\(double/) return "Lets a time pass."
  if (line ~ /^  static double pre_trace\(/)
    return "The trace that a spike of postsynaptic neuron i meets at the synapse from neuron j."
  if (line ~ /^  static double post_trace\(/)
    return "The trace that a spike of presynaptic neuron j meets at the synapse to neuron i."
  if (line ~ /^  static void record\(const Spikes&/)
    return "Enters the spikes of a moment, after they have been paired."
  if (line ~ /^  (static )?double at\(Index/) return "The amplitude B of neuron i."
  if (line ~ /^  (static )?void advance\(const View<double>&/)
    return "Lets a time pass at a constant potential, post x 1."
  if (line ~ /^  (static )?double factor\(Index/) return "The factor of the amplitude for neuron i."
  if (line ~ /^  static void respond\(const View<Scalar>& drive, /)
    return "Writes the rates f(a) and the gains f'(a) of the drives a, neurons x columns."
  if (line ~ /^ +using Parameters = /) return "What the user chooses. Learning never changes it."
  if (line ~ /^  Index planned_steps\(\) const /)
    return "The most steps of an inference; 0 without steps."
  if (line ~ /^  void train\(const View<Scalar>& x, const View<Scalar>& y/)
    return "One step of learning: infer with these inputs and targets, then learn."
  if (line ~ /^  bool reached\(auto( change)?\) const /)
    return "Whether to stop: `change` is the largest change of a state in the last step."
  if (line ~ /^ +void require_nonzero\(const /)
    return "Throws InvalidCall, naming the layer, where weights that carry feedback are all 0."
  if (line ~ /^ +void require_shapes\(const /)
    return "Throws ShapeError where feedback weights do not fit the layers."
  if (line ~ /^    void (prepare|init|initialize)\(const .*\) \{\}$/)
    return "Does nothing: the policy keeps nothing of its own."
  if (line ~ /^  static constexpr bool sums_changes = /)
    return "Whether the changes of an inference are summed before the rule applies them."
  if (line ~ /^  Error error = /) return "The difference that a layer learns from."
  if (line ~ /^  void begin\(auto/) return "Called before an inference."
  if (line ~ /^  void observe\(auto/)
    return "Called for some columns before the first step, with t = 0, and after step t."
  if (line ~ /^  void finish\(auto/) return "Called after an inference."
  if (line ~ /^  void learn\(auto& net, /) return "Layer k learns from the last inference."
  if (line ~ /^  const auto& change\(auto&/)
    return "The change of layer k's weights, before its optimizer, after the last inference."
  if (line ~ /^ +(Full|Sparse)?(Synapses|Connections) connections;/)
    return "The synapses, in the order of the weights."
  if (line ~ /^ +bool begun = false;/)
    return "Whether the weights were checked against the bounds; not saved in checkpoints."
  if (line ~ /^  State<double> initial\(\) const /) return "The state of a neuron at rest."
  if (line ~ /^  Step<Scalar> step\(double dt_ms\) const \{/)
    return "A step of this length. Throws InvalidParameter for parameters out of their range."
  if (line ~ /auto operator\(\)\(State<T>& s, T current\) const /)
    return "Advances one neuron, or a vector of them; returns which spike."
  if (line ~ /^  Index shortest_interval\(double dt_ms\) const /)
    return "The least number of steps between two spikes of a neuron."
  if (line ~ /^  static constexpr (auto|std::array<std::string_view, [0-9]+>) variables/)
    return "The names of the variables, in the order of State."
  if (line ~ /^  static constexpr (auto|std::array<ReceptorOf, [0-9]+>) receptors/)
    return "Where spikes act: the names of the receptors, and the variables they add to."
  if (line ~ /^  using State = lif::State<T>;/)
    return "The variables of a neuron, or of a vector of them."
  if (line ~ /^ +Running start\(const InjectionSite& site\) const /)
    return "The current into the neurons of a site. Throws InvalidParameter."
  if (line ~ /^ +void add\(double( time_ms)?, std::int64_t( step)?, auto values\)/)
    return "Adds the current of a step to one number per neuron."
  if (line ~ /^ +static constexpr std::int64_t slice = /)
    return "Spikes are emitted in slices of so many steps."
  if (line ~ /^ +void emit\(std::int64_t number, SpikeList& spikes\) const /)
    return "Appends the spikes of a slice, in the order of steps."
  if (line ~ /^  Connections operator\(\)\(Shape shape, const Random&/)
    return "Makes the connections of this shape."
  if (line ~ /^  (static )?double potentiation\(double/)
    return "The factor of potentiation at weight w."
  if (line ~ /^  (static )?double depression\(double/)
    return "The factor of depression at weight w."
  return ""
}

# A declaration of several names as one declaration per name, each with the comment. A declaration
# without a comma comes back as it is.
function split_names(line, text,    depth, at, c, type, name, result, indent, parts, n, k) {
  match(line, /^ */)
  indent = substr(line, 1, RLENGTH)
  line = substr(line, RLENGTH + 1)
  sub(/; *$/, "", line)
  n = 1
  for (at = 1; at <= length(line); ++at) {
    c = substr(line, at, 1)
    if (c ~ /[<({[]/) ++depth
    if (c ~ /[])}>]/) --depth
    if (c == "," && depth == 0) ++n
    else parts[n] = parts[n] c
  }
  type = parts[1]
  sub(/ *(=.*|\{.*)$/, "", type)
  if (n == 1 || type !~ / /) return ""
  sub(/[*&]*[A-Za-z_0-9]+(\[[^]]*\])*$/, "", type)
  for (k = 1; k <= n; ++k) {
    name = parts[k]
    sub(/^ */, "", name)
    result = result "/** " text " */ " (k == 1 ? "" : type) name "; "
  }
  return indent result
}

/^ +using (typename )?Base::/ { hidden = 1 }
hidden {
  if (/;/) hidden = 0
  print ""
  next
}

# The lines of a declaration that goes on become one, followed by empty lines.
/^ +[A-Za-z_:<>]+ [^()]*,$/ && !/ (template|using|enum|return) |^ *(template|return|case|else) / {
  begun = begun $0
  ++held
  next
}
held {
  sub(/^ */, " ")
  $0 = begun $0
  begun = ""
}

# Puts a comment before the declaration, which begins with its template line if it has one.
{
  sub(/\/\/ scratch space/, "///< scratch space")
  behind = /; +\/\/\/< /
  text = documented
  if (behind) {
    text = $0
    sub(/.*; +\/\/\/< /, "", text)
    sub(/ +\/\/\/<.*/, "")
  } else if (!documented) {
    text = comment($0)
  }
  names = text != "" && /^ +[A-Za-z].*,.*;$/ && !/[{(][^)}]*$/ ? split_names($0, text) : ""
  if (names != "") {
    $0 = names
  } else if (behind) {
    $0 = $0 "  ///< " text
  } else if (text != "" && !documented) {
    gsub(/&/, "\\\\&", text)
    if (template == "") sub(/^ */, "&/** " text " */ ")
    else sub(/^ */, "&/** " text " */ ", template)
  }
}
template == "" && /^ +template <.*>$/ { template = $0; next }
{
  print template == "" ? $0 : template "\n" $0
  template = ""
  for (; held; --held) print ""
  if (/^ *\/\/\/ /) {
    sub(/^ *\/\/\/ /, "")
    documented = documented (documented == "" ? "" : " ") $0
  } else {
    documented = ""
  }
}
