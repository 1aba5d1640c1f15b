# A filter that doxygen puts before every header. It documents the members that many types share, such
# as `init` and `each`, where the header has no comment of its own. Lines keep their numbers.

# The comment of a member that is declared on this line, or "".
function comment(line) {
  if (line ~ /^ +struct Parameters \{$/) return "What the user chooses. Learning never changes it."
  if (line ~ /^ +struct State(On)? \{$/) return "What learning changes, and scratch space."
  if (line ~ /^ +using Scalar = /) return "The type of the numbers."
  if (line ~ /^ +using Rule = Rule_;/) return "The learning rule of the weights."
  if (line ~ /^ +using Hidden = Hidden_;/) return "The activation function of the hidden layers."
  if (line ~ /^ +using Role = role::/) return "Which of the network's policies this type is."
  if (line ~ /^ +using Breaks = /) return "The laws of all rules that this rule breaks by design."
  if (line ~ /^ +using State = StateOn<FullSynapses>;/) return "The state on all pairs of neurons."
  if (line ~ / name = "/) return "The name that messages give this type."
  if (line ~ /^ +Parameters parameters( = \{})?;/) return "The parameters."
  if (line ~ /^ +Optimizer optimizer = /) return "How a change becomes a step of the weights."
  if (line ~ /^ +typename Optimizer::template State<Scalar> optimizer;/)
    return "What the optimizer keeps per synapse."
  if (line ~ /^ +Schedule schedule = /) return "How the learning rate changes with the steps."
  if (line ~ /^ +Rule rule;/) return "The learning rule of the weights."
  if (line ~ /^ +typename Rule::State state;/) return "The state of the rule, with the weights."
  if (line ~ /^  const Matrix<Scalar>& drive\(\) const/) return "The drive of the last forward pass."
  if (line ~ /^  const Matrix<Scalar>& response\(\) const/)
    return "The rates of the last forward pass, neurons x columns."
  if (line ~ /^  const Matrix<Scalar>& gain\(\) const/)
    return "The derivative of the rates with respect to the drive, neurons x columns."
  if (line ~ /& output\(\) const \{/) return "What the last forward pass gave to the next layer."
  if (line ~ /^  std::int64_t step\(\) const/) return "How many steps of learning have been taken."
  if (line ~ /^    std::int64_t step = 0;/) return "The number of steps taken."
  if (line ~ /^ +Bounds bounds = /) return "The limits of the weights."
  if (line ~ /^ +Matrix<Scalar> weights;/) return "The weights, post x pre."
  if (line ~ /^ +typename Synapses::template Values<Scalar> weights/) return "One number per synapse."
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
  if (line ~ / void check\(.*\) (const )?\{/) return "Throws if a parameter or an array is not valid."
  return ""
}

# Puts a comment before the declaration, which begins with its template line if it has one.
{
  text = documented || $0 ~ /\/\/\/</ ? "" : comment($0)
  first = template == "" ? $0 : template
  if (text != "") sub(/^ */, "&/** " text " */ ", first)
  sub(/\/\/ scratch space/, "///< scratch space", first)
  if (template != "") first = first "\n" $0
}
template == "" && /^ +template <.*>$/ { template = $0; next }
{
  print first
  template = ""
  documented = /^ *\/\/\//
}
