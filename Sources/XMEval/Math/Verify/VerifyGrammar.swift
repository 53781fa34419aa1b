// The LaTeX that math_verify's parser (latex2sympy2_extended 1.11 with ANTLR 4.11) reads, written as our own grammar:
// expressions, relations, tuples, sets, intervals, matrices. A text must be derived to its end.
// Next: VerifyLexer.swift, its tokens; VerifyConversion.swift, which makes values of derivations.
// SPDX-License-Identifier: Apache-2.0

enum VerifyGrammar {
    static let grammar = Grammar(
        """
        math = assigned | semicolons | set_relation ;
        assigned = atom_list (IN | ASSIGN) plain_semicolons ;
        semicolons = commas (SEMICOLON commas)* ;
        plain_semicolons = plain_commas (SEMICOLON plain_commas)* ;
        commas = element (COMMA element)* ;
        plain_commas = plain_element (COMMA plain_element)* ;
        element = plus_minus | set_atom | relation ;
        plain_element = plus_minus | set_atom | sum ;
        plus_minus = sum PLUS_MINUS sum | PLUS_MINUS sum ;

        set_relation = (atom_list (IN | NOTIN | ASSIGN) set_relation | set_minus)
            ((SUBSET | SUPSET) set_relation)* ;
        set_minus = set_union (SET_MINUS set_union)* ;
        set_union = set_intersection (UNION set_intersection)* ;
        set_intersection = set_group (INTERSECTION set_group)* ;
        set_group = L_PAREN set_minus R_PAREN | set_atom ;
        set_atom = interval | literal_set | tuple | finite_set ;
        interval = (L_BRACKET | L_PAREN | L_PAREN_VISUAL | L_BRACK | L_GROUP) sum COMMA sum
            (R_BRACKET | R_PAREN | R_PAREN_VISUAL | R_BRACK | R_GROUP) ;
        tuple = L_PAREN semicolons R_PAREN | L_PAREN_VISUAL semicolons R_PAREN_VISUAL
            | L_BRACKET semicolons R_BRACKET ;
        finite_set = L_BRACE semicolons R_BRACE | L_BRACE_VISUAL semicolons R_BRACE_VISUAL
            | BOXED L_BRACE semicolons R_BRACE ;
        literal_set = NAMED_SET | EMPTY_SET | L_BRACE R_BRACE ;

        relation = sum ((ASSIGN | COMPARISON | APPROX | IN) sum)* ;
        equality = sum (EQUIV | ASSIGN) sum ;
        sum = product (SIGN product)* ;
        product = unary (TIMES unary | OVER unary | MOD unary)* ;
        plain_product = plain_unary (TIMES plain_unary | OVER plain_unary | MOD plain_unary)* ;
        unary = SIGN unary | postfix+ ;
        plain_unary = SIGN plain_unary | postfix plain_postfix* ;
        postfix = power mark* ;
        plain_postfix = plain_power mark* ;
        mark = BANG | evaluation | TRANSPOSE | DEGREE ;
        evaluation = BAR (above | below | above below) ;
        above = CARET L_BRACE (sum | equality) R_BRACE ;
        below = UNDERSCORE L_BRACE (sum | equality) R_BRACE ;
        power = factor (exponent subscript?)* ;
        plain_power = plain_factor (exponent subscript?)* ;
        exponent = CARET (atom | L_BRACE sum R_BRACE) ;
        subscript = UNDERSCORE (atom | L_BRACE arguments R_BRACE) ;
        factor = group | formatted | norm | absolute | floor | ceiling | function | atom | fraction | binomial
            | matrix | determinant ;
        plain_factor = group | formatted | norm | absolute | floor | ceiling | atom | fraction | binomial | matrix
            | determinant ;
        group = L_PAREN sum R_PAREN | L_GROUP sum R_GROUP | L_BRACE sum R_BRACE | L_BRACKET sum R_BRACKET
            | L_BRACE_VISUAL sum R_BRACE_VISUAL | L_BRACE_CMD sum R_BRACE_CMD | L_BRACK sum R_BRACK ;
        formatted = PHANTOM L_BRACE sum R_BRACE | BOXED L_BRACE sum R_BRACE ;
        norm = NORM sum NORM ;
        absolute = BAR sum BAR | L_VERT sum R_VERT | VERT sum VERT ;
        floor = L_FLOOR sum R_FLOOR ;
        ceiling = L_CEIL sum R_CEIL ;

        bare_symbol = (LETTER | GREEK | OTHER | ACCENT) subscript? ;
        scripted_symbol = (LETTER | GREEK | OTHER | ACCENT)
            (exponent subscript | subscript exponent | subscript | exponent)? ;
        atom_list = L_PAREN scripted_symbol (COMMA scripted_symbol)* R_PAREN | scripted_symbol ;
        atom = scripted_symbol | INFINITE | numeral | PERCENT_NUMBER | E_NOTATION | CAPITAL_E | DIFFERENTIAL ;
        numeral = NUMBER subscript? ;
        fraction = FRAC L_BRACE sum R_BRACE L_BRACE sum R_BRACE ;
        binomial = L_BRACE sum CHOOSE sum R_BRACE | BINOM L_BRACE sum R_BRACE L_BRACE sum R_BRACE ;
        matrix = MATRIX_START row (ROW row)* ROW? MATRIX_END | ARRAY_START row (ROW row)* ROW? ARRAY_END ;
        determinant = DET_START row (ROW row)* ROW? DET_END ;
        row = sum (COLUMN sum)* ;

        function = named | several | applied | integral | root | series | limit | exponential ;
        named = (NAMED | GAMMA | operator) (subscript? exponent? | exponent? subscript?)
            (L_PAREN sum R_PAREN | plain_product) ;
        operator = OPERATORNAME L_BRACE OPERATOR R_BRACE ;
        several = SEVERAL (subscript? exponent? | exponent? subscript?) L_PAREN arguments R_PAREN ;
        applied = bare_symbol exponent? (L_PAREN applied_to R_PAREN | L_BRACKET applied_to R_BRACKET) ;
        applied_to = atom | sum COMMA | sum COMMA arguments ;
        arguments = sum (COMMA sum)* ;
        integral = INT (subscript exponent | exponent subscript)? (sum? DIFFERENTIAL | fraction | sum) ;
        root = SQRT (L_BRACKET sum R_BRACKET)? L_BRACE sum R_BRACE ;
        series = (SUM | PROD) (start exponent | exponent start) product ;
        start = UNDERSCORE L_BRACE equality R_BRACE ;
        limit = LIM UNDERSCORE L_BRACE (LETTER | GREEK | OTHER) TO sum (CARET L_BRACE SIGN R_BRACE)? R_BRACE
            product ;
        exponential = SMALL_E exponent? ;
        """,
        tokens: tokenNames)

    static let tokenNames = [
        "NUMBER", "PERCENT_NUMBER", "E_NOTATION", "LETTER", "SMALL_E", "CAPITAL_E", "DIFFERENTIAL", "GREEK", "OTHER",
        "ACCENT", "GAMMA", "INFINITE", "NAMED", "SEVERAL", "OPERATORNAME", "OPERATOR", "INT", "SQRT", "SUM", "PROD",
        "LIM", "TO", "FRAC", "BINOM", "CHOOSE", "MATRIX_START", "MATRIX_END", "ARRAY_START", "ARRAY_END", "DET_START",
        "DET_END", "ROW", "COLUMN", "BOXED", "PHANTOM", "SIGN", "TIMES", "OVER", "MOD", "BANG", "TRANSPOSE", "DEGREE",
        "CARET", "UNDERSCORE", "ASSIGN", "EQUIV", "COMPARISON", "APPROX", "IN", "NOTIN", "SUBSET", "SUPSET", "UNION",
        "INTERSECTION", "SET_MINUS", "PLUS_MINUS", "NAMED_SET", "EMPTY_SET", "COMMA", "SEMICOLON", "L_PAREN",
        "R_PAREN", "L_PAREN_VISUAL", "R_PAREN_VISUAL", "L_GROUP", "R_GROUP", "L_BRACE", "R_BRACE", "L_BRACE_VISUAL",
        "R_BRACE_VISUAL", "L_BRACE_CMD", "R_BRACE_CMD", "L_BRACKET", "R_BRACKET", "L_BRACK", "R_BRACK", "BAR",
        "L_VERT", "R_VERT", "VERT", "NORM", "L_FLOOR", "R_FLOOR", "L_CEIL", "R_CEIL",
        // Words that the grammar knows but that nothing here uses.
        "UNUSED",
    ]
}
